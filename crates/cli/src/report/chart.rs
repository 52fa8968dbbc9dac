//! A chart as SVG that fits every width: places are percentages, so that text keeps its size.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::curve::{Axis, Point, grouped, number, thin};

/// A chart of curves over the same steps.
pub(super) struct Chart<'a> {
    /// Names the chart within the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) series: &'a [Series<'a>],
}

/// One curve; `class` decides how it is drawn: `train` solid, `valid` dashed.
pub(super) struct Series<'a> {
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) points: &'a [Point],
}

/// Points of one curve that are drawn: more than a screen has columns for each.
pub(super) const MOST: usize = 400;
/// Up to so many points are marked one by one.
const MARKED: usize = 40;
/// Characters of labels that fit under the chart on a phone.
const LABELS: usize = 36;

impl Chart<'_> {
    /// The chart, or nothing if there is no point to draw.
    pub(super) fn html(&self) -> String {
        let all = || self.series.iter().flat_map(|series| series.points);
        let Some(values) = Axis::around(all().map(|point| point.value), 6) else { return String::new() };
        let widest = all().map(|point| grouped(point.step as f64).chars().count()).max().unwrap_or_default();
        let most = (LABELS / (widest + 1)).clamp(2, 6);
        let Some(steps) = Axis::of_steps(all().map(|point| point.step), most) else { return String::new() };
        let drawn: Vec<_> = self.series.iter().map(|series| thin(series.points, MOST)).collect();
        let margin = values.ticks().map(|(_, label)| label.chars().count()).max().unwrap_or_default();
        let Self { id, title, .. } = self;
        let (legend, summary) = (self.legend(), self.summary());
        let mut html = format!(
            "<figure class=\"chart\">\n<figcaption><h2 id=\"{id}\">{title}</h2>{legend}</figcaption>\n\
             <div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{title} by training step. {summary} \
             The arrow keys read the values.\" style=\"--margin:{margin}ch\">\n\
             <svg role=\"img\" aria-label=\"{title} by training step. {summary}\">\n"
        );
        push_grid(&mut html, &steps, &values);
        for (series, points) in self.series.iter().zip(&drawn) {
            push_curve(&mut html, series.class, points, &steps, &values);
        }
        html.push_str("<g class=\"cursor\"><line y1=\"0\" y2=\"100%\"/></g>\n");
        self.push_stops(&mut html, &drawn, &steps, &values);
        html.push_str(
            "</svg>\n<div class=\"tip\" role=\"status\" hidden></div>\n<p class=\"unit\">training step</p>\n</div>\n",
        );
        html.push_str(&self.thinned(&drawn));
        html.push_str("</figure>\n");
        html
    }

    fn legend(&self) -> String {
        let mut legend = "<ul class=\"legend\">".to_owned();
        for Series { class, name, points } in self.series.iter().filter(|series| !series.points.is_empty()) {
            let last = points.last().map(|point| number(point.value)).unwrap_or_default();
            // Writing to a String cannot fail, here and below.
            let _ = write!(
                legend,
                "<li><svg class=\"key {class}\" aria-hidden=\"true\"><line x1=\"0\" x2=\"100%\" y1=\"50%\" y2=\"50%\"/>\
                 {}</svg>{name} <b>{last}</b></li>",
                mark(class, "50%", "50%"),
            );
        }
        legend + "</ul>"
    }

    /// The chart in words.
    fn summary(&self) -> String {
        let mut summary = Vec::new();
        for Series { name, points, .. } in self.series {
            match points {
                [] => {}
                [point] => summary.push(format!("{name}: {} at step {}.", number(point.value), point.step)),
                [first, .., last] => summary.push(format!(
                    "{name}: from {} at step {} to {} at step {}.",
                    number(first.value),
                    first.step,
                    number(last.value),
                    last.step
                )),
            }
        }
        summary.join(" ")
    }

    /// One invisible band a step: it shows the values by itself, and the script reads them.
    fn push_stops(&self, html: &mut String, drawn: &[Vec<Point>], steps: &Axis, values: &Axis) {
        let mut stops: BTreeMap<u64, Vec<(&Series<'_>, f64)>> = BTreeMap::new();
        for (series, points) in self.series.iter().zip(drawn) {
            for point in points {
                stops.entry(point.step).or_default().push((series, point.value));
            }
        }
        let places: Vec<_> = stops.keys().map(|step| steps.place(*step as f64)).collect();
        for (at, (step, found)) in stops.iter().enumerate() {
            let start = if at == 0 { 0.0 } else { (places[at - 1] + places[at]) / 2.0 };
            let end = places.get(at + 1).map_or(1.0, |next| (places[at] + next) / 2.0);
            let _ = write!(
                html,
                "<g class=\"stop\" data-x=\"{}\"><rect x=\"{}\" width=\"{}\" height=\"100%\"/><title>step {}",
                percent(places[at]),
                percent(start),
                percent(end - start),
                grouped(*step as f64)
            );
            for (series, value) in found {
                let _ = write!(html, "\n{}: {}", series.name, number(*value));
            }
            html.push_str("</title>");
            for (series, value) in found {
                html.push_str(&mark(series.class, &percent(places[at]), &percent(1.0 - values.place(*value))));
            }
            html.push_str("</g>\n");
        }
    }

    /// Says what was left out.
    fn thinned(&self, drawn: &[Vec<Point>]) -> String {
        let all: usize = self.series.iter().map(|series| series.points.len()).max().unwrap_or_default();
        let most: usize = drawn.iter().map(Vec::len).max().unwrap_or_default();
        if most == all {
            return String::new();
        }
        format!(
            "<p class=\"note\">{most} of {} points a curve are drawn: the ends, and of each stretch in between the \
             lowest and the highest.</p>\n",
            grouped(all as f64)
        )
    }
}

fn push_grid(html: &mut String, steps: &Axis, values: &Axis) {
    html.push_str("<g class=\"grid\">\n");
    for (place, label) in values.ticks() {
        let y = percent(1.0 - place);
        let _ = writeln!(
            html,
            "<line x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/><text class=\"y\" x=\"-8\" y=\"{y}\" dy=\".35em\">{label}</text>"
        );
    }
    for (place, label) in steps.ticks() {
        let x = percent(place);
        let _ = writeln!(
            html,
            "<line class=\"tick\" x1=\"{x}\" x2=\"{x}\" y1=\"100%\" y2=\"100%\"/>\
             <text class=\"x\" x=\"{x}\" y=\"100%\" dy=\"1.5em\">{label}</text>"
        );
    }
    html.push_str("</g>\n");
}

fn push_curve(html: &mut String, class: &str, points: &[Point], steps: &Axis, values: &Axis) {
    if points.len() > 1 {
        let _ = write!(
            html,
            "<svg class=\"curve\" viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\"><path class=\"{class}\" d=\""
        );
        for (at, point) in points.iter().enumerate() {
            let (x, y) = (steps.place(point.step as f64) * 1000.0, (1.0 - values.place(point.value)) * 1000.0);
            let _ = write!(html, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
        }
        html.push_str("\"/></svg>\n");
    }
    if points.len() <= MARKED {
        html.push_str("<g>");
        for point in points {
            let (x, y) = (percent(steps.place(point.step as f64)), percent(1.0 - values.place(point.value)));
            html.push_str(&mark(class, &x, &y));
        }
        html.push_str("</g>\n");
    }
}

/// A point: round on a solid line, hollow on a dashed one.
fn mark(class: &str, x: &str, y: &str) -> String {
    format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>")
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[Point]) -> String {
        Chart { id: "loss", title: "Loss", series: &[Series { class: "train", name: "training", points }] }.html()
    }

    #[test]
    fn a_chart_of_nothing_is_nothing() {
        assert_eq!(chart(&[]), "");
    }

    #[test]
    fn a_small_chart() {
        insta::assert_snapshot!(chart(&[Point { step: 5, value: 1.2 }, Point { step: 10, value: 0.8123 }]));
    }

    #[test]
    fn a_single_point_is_marked_and_has_no_line() {
        let html = chart(&[Point { step: 5, value: 1.2 }]);
        assert!(html.contains("cx=\"50.00%\"") && !html.contains("<path"), "{html}");
    }

    #[test]
    fn a_long_curve_is_thinned_and_says_so() {
        let points: Vec<_> = (0..20_000_u16).map(|at| Point { step: at.into(), value: f64::from(at % 7) }).collect();
        let html = chart(&points);
        assert!(html.matches("class=\"stop\"").count() <= MOST, "{}", html.len());
        assert!(html.contains("of 20\u{202f}000 points a curve are drawn"), "{html}");
    }
}
