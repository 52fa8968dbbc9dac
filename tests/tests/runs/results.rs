//! Results that are fewer, other, or elsewhere than they should be.

use serde_json::json;

use crate::bench::{Bench, sums};

/// The lines of a download, their ends included, and what is to be made of them.
fn lines(
    change: impl Fn(u64, Vec<Vec<u8>>) -> Vec<Vec<u8>> + Send + Sync + 'static,
) -> impl Fn(u64, Vec<u8>) -> Vec<u8> + Send + Sync {
    move |number, content| {
        let lines = content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        change(number, lines).concat()
    }
}

#[tokio::test(start_paused = true)]
async fn f45_a_line_that_is_not_utf8_is_named_kept_and_sent_again() {
    let spoilt = |number, mut lines: Vec<Vec<u8>>| {
        if number == 1 {
            let at = lines[3].len() - 6;
            lines[3][at] = 0xff;
        }
        lines
    };
    let bench = Bench::mangled(lines(spoilt));
    let run = bench.begin(10).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (10, 0, 0));
    assert!(report.remarks.iter().any(|remark| remark.contains("not UTF-8")), "{:?}", report.remarks);
    let kept = std::fs::read(run.folder().join("unreadable-00000.txt")).unwrap();
    assert!(kept.contains(&0xff) && kept.ends_with(b"\n"));
    bench.all_answered(10);
    // The second job has the one row.
    assert_eq!(run.status().parts.iter().map(|part| part.rows).collect::<Vec<_>>(), [10, 1]);
    bench.one_job_a_part(2);
}

#[tokio::test(start_paused = true)]
async fn f60_results_that_are_too_few_are_fetched_twice_and_then_said_to_be_missing() {
    let short = |_, mut lines: Vec<Vec<u8>>| {
        lines.retain(|line| !line.windows(5).any(|word| word == b"\"q-4\""));
        lines
    };
    let bench = Bench::mangled(lines(short));
    let report = bench.start(&bench.input(10), bench.spec().retries(0)).await.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (9, 0, 1));
    assert_eq!(bench.count("files.download"), 2);
    assert!(report.remarks.iter().any(|remark| remark.contains("counts 10 results, but 9")), "{:?}", report.remarks);
    assert_eq!(report.causes[0].samples[0].custom_id, "q-4");
    let output = bench.in_order(10);
    assert!(output.iter().enumerate().all(|(row, result)| result.is_success() == (row != 4)));
    assert!(!serde_json::to_string(&output[4]).unwrap().contains("Question 4"));
}

#[tokio::test(start_paused = true)]
async fn f60_what_was_short_once_is_whole_the_second_time() {
    let bench = Bench::mangled(lines(|number, mut lines| {
        lines.truncate(if number == 1 { 7 } else { 10 });
        lines
    }));
    bench.run(10).await;
    bench.all_answered(10);
    assert_eq!(bench.count("files.download"), 2);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f61_lines_that_are_doubled_strange_out_of_order_and_oddly_ended() {
    let odd = |_, mut lines: Vec<Vec<u8>>| {
        lines.reverse();
        let second = String::from_utf8(lines[1].clone()).unwrap();
        // A second result for a row, which says something else, and one that nobody asked for.
        lines.push(second.replace("Question", "Another").into_bytes());
        lines.push(second.replace("\"q-8\"", "\"x\"").into_bytes());
        lines.insert(4, b"\r\n \n".to_vec());
        lines[0].splice(0..0, *b"\xef\xbb\xbf");
        let crlf = lines[2].len() - 1;
        lines[2].insert(crlf, b'\r');
        let mut last = lines.pop().unwrap();
        last.pop();
        lines.push(last);
        lines
    };
    let bench = Bench::mangled(lines(odd));
    let report = bench.run(10).await;
    assert_eq!(sums(&report, 10), (10, 0, 0));
    assert_eq!((report.tally.doubled, report.tally.strays, report.tally.unreadable_lines), (1, 1, 0));
    bench.all_answered(10);
    assert_eq!(bench.count("files.download"), 1);
}

#[tokio::test(start_paused = true)]
async fn f82_a_line_beyond_the_limit_does_not_touch_the_others() {
    let long = |number, mut lines: Vec<Vec<u8>>| {
        if number == 1 {
            lines[5].pop();
            lines[5].resize(65 << 20, b'x');
            lines[5].push(b'\n');
        }
        lines
    };
    let bench = Bench::mangled(lines(long));
    let run = bench.start(&bench.input(10), bench.spec().retries(0)).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (9, 0, 1));
    assert!(report.remarks.iter().any(|remark| remark.contains("line 6")), "{:?}", report.remarks);
    assert_eq!(run.retry().await.unwrap(), 1);
    run.finish().await.unwrap();
    bench.all_answered(10);
}

#[tokio::test(start_paused = true)]
async fn results_that_are_gone_leave_their_rows_missing() {
    let bench = Bench::new(json!([{"operation": "files.download", "times": "always", "answer": {"status": 404}}]));
    let report = bench.start(&bench.input(10), bench.spec()).await.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (0, 0, 10));
    assert!(report.remarks.iter().any(|remark| remark.contains("do not exist any more")), "{:?}", report.remarks);
    bench.in_order(10);
    // They were paid for, and are not sent again by themselves.
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn results_that_show_late_are_waited_for() {
    let bench = Bench::new(json!([{"operation": "files.download", "times": 2, "answer": {"status": 404}}]));
    bench.run(10).await;
    bench.all_answered(10);
    bench.one_job_a_part(1);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn downloads_that_break_are_taken_up_again() {
    let bench = Bench::new(json!([
        {"operation": "files.download", "nth": 1, "delivery": {"cut": 700}},
        {"operation": "files.download", "nth": 2, "answer": {"status": 503}},
        {"operation": "files.download", "nth": 3, "delivery": {"stall": {"after": 300}}},
        {"operation": "files.download", "nth": 5, "delivery": "reset"},
    ]));
    bench.run(25).await;
    bench.all_answered(25);
    bench.one_job_a_part(3);
    bench.all_delivered();
}
