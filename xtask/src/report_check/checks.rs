//! What every report promises, whatever is in it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::browser::{Browser, Page, url};
use super::cases::Case;

/// A desk, a phone, and the narrowest phone that is promised to work.
const WIDTHS: [u32; 3] = [1280, 390, 360];
const SCHEMES: [&str; 2] = ["light", "dark"];
/// Contrast of text and of lines, as WCAG 2.2 asks for (1.4.3 and 1.4.11).
const CONTRAST: &str = include_str!("contrast.js");

/// The broken promises of one report.
pub(super) fn check(browser: &mut Browser, case: &Case, pictures: Option<&Path>) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut backgrounds = Vec::new();
    let mut page = browser.page()?;
    for scheme in SCHEMES {
        for width in WIDTHS {
            look(&mut page, case, width, scheme)?;
            let place = format!("{}, {width} px, {scheme}", case.name);
            let found = promises(&mut page, case)?;
            broken.extend(found.into_iter().map(|what| format!("{place}: {what}")));
            if let Some(folder) = pictures {
                picture(&mut page, &folder.join(format!("{}-{width}-{scheme}.png", case.name)))?;
            }
        }
        backgrounds.push(page.value("getComputedStyle(document.body).backgroundColor")?);
    }
    if backgrounds.first() == backgrounds.last() {
        broken.push(format!("{}: light and dark look the same", case.name));
    }
    // From a dark screen, because that is where paper shows what it takes from there.
    look(&mut page, case, 800, "dark")?;
    let media = json!({"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]});
    page.call("Emulation.setEmulatedMedia", media)?;
    let pale = page.value(CONTRAST)?;
    broken.extend(pale.as_array().into_iter().flatten().map(|pale| format!("{}, printed: {pale}", case.name)));
    if page.value("getComputedStyle(document.body).backgroundColor")? != "rgb(255, 255, 255)" {
        broken.push(format!("{}, printed: the paper is not white", case.name));
    }
    if let Some(folder) = pictures {
        picture(&mut page, &folder.join(format!("{}-print.png", case.name)))?;
    }
    page.call("Emulation.setScriptExecutionDisabled", json!({"value": true}))?;
    look(&mut page, case, 1280, "light")?;
    if page.value("document.querySelectorAll('.stop').length === document.querySelectorAll('.stop title').length")?
        != true
    {
        broken.push(format!("{}: without scripts, the points do not tell their values", case.name));
    }
    Ok(broken)
}

fn look(page: &mut Page<'_>, case: &Case, width: u32, scheme: &str) -> Result<()> {
    let screen = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
    page.call("Emulation.setDeviceMetricsOverride", screen)?;
    let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
    page.call("Emulation.setEmulatedMedia", media)?;
    page.open(&case.page)
}

fn promises(page: &mut Page<'_>, case: &Case) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let wide = page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
    if wide.as_f64().unwrap_or(f64::MAX) > 0.0 {
        broken.push(format!("scrolls sideways by {wide} px"));
    }
    if page.value("document.querySelectorAll('script, iframe, object, embed, img, base').length")? != 1 {
        broken.push("has elements that it did not write".to_owned());
    }
    let text = page.value("document.documentElement.textContent")?;
    let text = text.as_str().unwrap_or_default();
    broken
        .extend(case.shows.iter().filter(|part| !text.contains(**part)).map(|part| format!("does not show {part:?}")));
    let pale = page.value(CONTRAST)?;
    broken.extend(pale.as_array().into_iter().flatten().map(|pale| format!("too little contrast: {pale}")));
    let plots = page.value("document.querySelectorAll('.plot').length")?;
    if plots != case.plots {
        broken.push(format!("has {plots} charts instead of {}", case.plots));
    }
    for plot in 0..case.plots {
        broken.extend(hover(page, plot)?);
        broken.extend(keys(page, plot)?);
    }
    broken.extend(told(page, case));
    Ok(broken)
}

/// The tip under the pointer names the step in the middle of the picture.
fn hover(page: &mut Page<'_>, plot: u32) -> Result<Option<String>> {
    let place = page.value(&format!(
        "(() => {{ const svg = document.querySelectorAll('.plot > svg')[{plot}]; svg.scrollIntoView({{block: 'center'}}); \
         const box = svg.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; }})()"
    ))?;
    page.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": place[0], "y": place[1]}))?;
    let tip = tip(page, plot)?;
    Ok((!told_a_value(&tip)).then(|| format!("chart {plot} does not tell values under the pointer: {tip}")))
}

/// The tip after End names the last step, and stays within the page.
fn keys(page: &mut Page<'_>, plot: u32) -> Result<Option<String>> {
    page.value(&format!("document.querySelectorAll('.plot')[{plot}].focus()"))?;
    for kind in ["keyDown", "keyUp"] {
        page.call("Input.dispatchKeyEvent", json!({"type": kind, "key": "End", "code": "End"}))?;
    }
    let tip = tip(page, plot)?;
    let within = page.value(&format!(
        "(() => {{ const box = document.querySelectorAll('.tip')[{plot}].getBoundingClientRect(); \
         return box.width > 0 && box.left >= 0 && box.right <= innerWidth; }})()"
    ))?;
    Ok((!told_a_value(&tip) || within != true)
        .then(|| format!("chart {plot} does not tell values to the keyboard: {tip}")))
}

fn tip(page: &mut Page<'_>, plot: u32) -> Result<Value> {
    page.value(&format!(
        "(() => {{ const tip = document.querySelectorAll('.tip')[{plot}]; return tip.hidden ? '' : tip.textContent; }})()"
    ))
}

fn told_a_value(tip: &Value) -> bool {
    tip.as_str().is_some_and(|tip| tip.starts_with("step ") && tip.contains(": "))
}

/// Errors on the console, and requests for anything but the page.
fn told(page: &Page<'_>, case: &Case) -> Vec<String> {
    let own = url(&case.page);
    let mut told = Vec::new();
    for event in page.events() {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => told.push(format!("throws {}", params["exceptionDetails"]["exception"])),
            "Runtime.consoleAPICalled" => told.push(format!("writes to the console: {}", params["args"])),
            "Log.entryAdded" => told.push(format!("is warned of: {}", params["entry"]["text"])),
            "Network.requestWillBeSent" => {
                let asked = params["request"]["url"].as_str().unwrap_or_default();
                if asked != own && !asked.starts_with("data:") {
                    told.push(format!("asks for {asked}"));
                }
            }
            _ => {}
        }
    }
    told
}

fn picture(page: &mut Page<'_>, file: &Path) -> Result<()> {
    // As a reader finds it: nothing pointed at, focused or scrolled.
    page.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": 0, "y": 0}))?;
    page.value("document.activeElement.blur(); scrollTo(0, 0)")?;
    // The whole page, down to where a picture becomes too large to look at.
    let size =
        page.value("[document.documentElement.clientWidth, Math.min(4000, document.documentElement.scrollHeight)]")?;
    let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
    let params = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
    let answer = page.call("Page.captureScreenshot", params)?;
    let bytes = base64(answer["data"].as_str().context("the browser took no picture")?);
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte)) {
        (bits, count) = (bits << 6 | digit as u32, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_read_from_base64() {
        assert_eq!(base64("aGVsbG8="), b"hello");
        assert_eq!(base64("aGk="), b"hi");
        assert_eq!(base64(""), b"");
    }
}
