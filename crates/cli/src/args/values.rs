//! Values of arguments that are more than text. Every refusal says what was expected.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mistral_sdk::datasets::training::Format as TrainingFormat;
use mistral_sdk::models::{
    AgentId, BatchJobId, BatchJobStatus, Change, ClassifierTarget, CreateBatchJob, DateTime, FileId, FilePurpose,
    FileSource, FileVisibility, FineTuningJobId, FineTuningJobStatus, FineTuningJobType, LossFunction, ModelId,
    OrderBy, SampleType,
};

use super::{Format, RepositoryName};
use crate::failure::Failure;

pub(super) fn format(text: &str) -> Result<Format, String> {
    match text {
        "table" => Ok(Format::Table),
        "json" => Ok(Format::Json),
        "jsonl" => Ok(Format::Jsonl),
        _ if text.contains(['.', '/']) => Err(format!(
            "this is the form of standard output: table, json or jsonl; to name a file write --output {text}"
        )),
        _ => Err("expected table, json or jsonl".into()),
    }
}

pub(super) fn metadata(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err("expected KEY=VALUE, such as team=blue".into()),
    }
}

/// The notes as a map.
///
/// # Errors
///
/// A key given twice, because one of the two values would be lost, and what the API would refuse.
pub(crate) fn unique_metadata(pairs: &[(String, String)]) -> Result<BTreeMap<String, String>, Failure> {
    let mut unique = BTreeMap::new();
    for (key, value) in pairs {
        if unique.insert(key.clone(), value.clone()).is_some() {
            return Err(Failure::usage(format!("--metadata: the key {key:?} is given twice"))
                .help("Give every key once; a job carries one value a key."));
        }
    }
    Ok(unique)
}

/// A whole number of hours that a job may take.
pub(super) fn timeout_hours(text: &str) -> Result<u32, String> {
    let expected = "expected whole hours from 1 to 168 (7 days)";
    let hours: u32 = text.parse().map_err(|_| expected.to_owned())?;
    CreateBatchJob::new("/").timeout_hours(hours).check().map(|()| hours).map_err(|_| expected.to_owned())
}

/// How long a signed URL works.
pub(super) fn url_hours(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|hours| (1..=168).contains(hours))
        .ok_or_else(|| "expected whole hours from 1 to 168".into())
}

/// How long a file is kept.
pub(super) fn expiry_hours(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|hours| *hours > 0).ok_or_else(|| "expected whole hours, 1 or more".into())
}

pub(super) fn filename(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("expected a name, such as requests.jsonl".into()) } else { Ok(text.to_owned()) }
}

/// Both parts of a content type, and nothing that would end its header.
pub(super) fn content_type(text: &str) -> Result<String, String> {
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    match text.split_once('/') {
        Some((kind, form)) if printable && !kind.trim().is_empty() && !form.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("expected a type and a subtype, such as application/pdf".into()),
    }
}

pub(super) fn page(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number, 0 for the first page".into())
}

pub(super) fn page_size(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|size| *size > 0).ok_or_else(|| "expected a whole number, 1 or more".into())
}

/// `90s`, `30m`, `2h`, `1d`, or several of them: `1h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time with its unit, such as 90s, 30m, 2h, 1h30m or 1d".to_owned();
    let mut rest = text;
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| expected())?;
        let scale = match unit.chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 60 * 60,
            Some('d') => 24 * 60 * 60,
            _ => return Err(expected()),
        };
        seconds = number.checked_mul(scale).and_then(|part| seconds.checked_add(part)).ok_or_else(expected)?;
        rest = &unit[1..];
    }
    // A year is past every limit of the service, and far from where clocks overflow.
    match seconds {
        0 if !text.is_empty() => Err("expected more than no time, such as 90s".into()),
        0 => Err(expected()),
        seconds if seconds > 366 * 24 * 60 * 60 => Err("expected a year at most".into()),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

pub(super) fn date(text: &str) -> Result<DateTime, String> {
    DateTime::parse(text).map_err(|_| "expected a date with time and zone, such as 2025-03-01T12:30:00Z".into())
}

pub(super) fn job_id(text: &str) -> Result<BatchJobId, String> {
    let id = BatchJobId::from(text);
    id.check().map(|()| id).map_err(|_| UUID.to_owned())
}

pub(super) fn ft_job_id(text: &str) -> Result<FineTuningJobId, String> {
    let id = FineTuningJobId::from(text);
    id.check().map(|()| id).map_err(|_| UUID.to_owned())
}

/// A number; which ones are taken is the model's to say.
pub(super) fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| "expected a number, such as 0.1".into())
}

pub(super) fn count(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a whole number, 1 or more".into())
}

/// How fast a job of the emulator may go.
pub(super) fn requests_per_second(text: &str) -> Result<u64, String> {
    let range = 1..=1_000_000;
    text.parse()
        .ok()
        .filter(|rate| range.contains(rate))
        .ok_or_else(|| "expected a whole number from 1 to 1,000,000".into())
}

/// How many requests may be pending in the emulator.
pub(super) fn max_pending(text: &str) -> Result<u64, String> {
    let range = 1..=1_000_000_000;
    text.parse()
        .ok()
        .filter(|requests| range.contains(requests))
        .ok_or_else(|| "expected a whole number from 1 to 1,000,000,000".into())
}

/// How many requests may be on their way at once.
pub(super) fn concurrency(text: &str) -> Result<usize, String> {
    let range = 1..=1_024;
    text.parse()
        .ok()
        .filter(|places| range.contains(places))
        .ok_or_else(|| "expected a whole number from 1 to 1,024".into())
}

/// A target of a classifier, with each of its labels once.
pub(super) fn classifier_target(text: &str) -> Result<ClassifierTarget, String> {
    let expected = "expected NAME=LABEL,LABEL with two labels or more, each once, such as mood=good,bad";
    let (name, labels) = text.split_once('=').ok_or(expected)?;
    let labels: Vec<_> = labels.split(',').map(str::trim).collect();
    let unique: BTreeSet<_> = labels.iter().collect();
    if name.trim().is_empty() || labels.contains(&"") || labels.len() < 2 || unique.len() < labels.len() {
        return Err(expected.to_owned());
    }
    Ok(ClassifierTarget::new(name.trim(), labels))
}

pub(super) fn target_weight(text: &str) -> Result<(String, f64), String> {
    let expected = "expected NAME=N with a number of 0 or more, such as mood=0.5";
    let (name, weight) = text.split_once('=').ok_or(expected)?;
    let weight = number(weight).ok().filter(|weight| *weight >= 0.0).ok_or(expected)?;
    Ok((name.trim().to_owned(), weight))
}

pub(super) fn target_loss(text: &str) -> Result<(String, LossFunction), String> {
    let expected = "expected NAME=single_class or NAME=multi_class, such as mood=single_class";
    let (name, function) = text.split_once('=').ok_or(expected)?;
    let known = [LossFunction::SingleClass, LossFunction::MultiClass];
    let function = known.into_iter().find(|known| known.as_str() == function.trim()).ok_or(expected)?;
    Ok((name.trim().to_owned(), function))
}

/// A repository: its owner, its name, and behind an `@` what of it.
pub(super) fn repository(text: &str) -> Result<RepositoryName, String> {
    let (path, reference) = text.split_once('@').map_or((text, None), |(path, reference)| (path, Some(reference)));
    match path.split_once('/') {
        Some((owner, name))
            if !owner.is_empty() && !name.is_empty() && !name.contains('/') && reference != Some("") =>
        {
            Ok(RepositoryName { owner: owner.into(), name: name.into(), reference: reference.map(Into::into) })
        }
        _ => Err("expected OWNER/NAME or OWNER/NAME@REF, such as me/project@main".into()),
    }
}

pub(super) fn file_id(text: &str) -> Result<FileId, String> {
    let id = FileId::from(text);
    id.check().map(|()| id).map_err(|_| UUID.to_owned())
}

const UUID: &str = "expected a UUID, such as 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

pub(super) fn model_id(text: &str) -> Result<ModelId, String> {
    let id = ModelId::from(text);
    id.check().map(|()| id).map_err(|_| "expected a name, such as mistral-small-latest".into())
}

pub(super) fn agent_id(text: &str) -> Result<AgentId, String> {
    let id = AgentId::from(text);
    id.check().map(|()| id).map_err(|_| "expected the id of an agent".into())
}

/// A text that replaces another, or removes it if it is empty.
pub(super) fn change(text: &str) -> Result<Change, String> {
    Ok(if text.is_empty() { Change::Clear } else { Change::Set(text.to_owned()) })
}

pub(super) fn training_format(text: &str) -> Result<TrainingFormat, String> {
    text.parse().map_err(|_| {
        let known: Vec<_> = TrainingFormat::ALL.iter().map(|format| format.as_str()).collect();
        format!("expected one of {}", known.join(", "))
    })
}

/// A part of a whole, in percent or as a fraction.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let expected = || "expected more than 0 and less than all, such as 5% or 0.05".to_owned();
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |percent| (percent, 100.0));
    let share = number.trim().parse::<f64>().map_err(|_| expected())? / scale;
    if share > 0.0 && share < 1.0 { Ok(share) } else { Err(expected()) }
}

/// At least as many percent as none, and at most all.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>().ok();
    number.filter(|percent| (0.0..=100.0).contains(percent)).ok_or_else(|| "expected 0 to 100, such as 5".into())
}

/// Memory for a work that needs some.
pub(super) fn memory(text: &str) -> Result<usize, String> {
    let bytes = scaled(text).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.filter(|bytes| *bytes >= 256 << 10).ok_or_else(|| "expected at least 256K, such as 32M or 1G".into())
}

/// A size.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    scaled(text).filter(|bytes| *bytes > 0).ok_or_else(|| "expected bytes, such as 1000000, 64M or 1G".into())
}

/// Bytes, with K, M or G for powers of 1024.
fn scaled(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let scale: u64 = match unit {
        "" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(scale)
}

/// Finds the word among those the API knows; upper and lower case are the same.
macro_rules! known {
    ($($function:ident -> $type:ty)+) => {$(
        pub(super) fn $function(text: &str) -> Result<$type, String> {
            let found = <$type>::KNOWN.iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
            found.cloned().ok_or_else(|| {
                let known: Vec<_> = <$type>::KNOWN.iter().map(|known| known.as_str()).collect();
                format!("expected one of {}", known.join(", "))
            })
        }
    )+};
}

known! {
    status -> BatchJobStatus
    ft_status -> FineTuningJobStatus
    ft_job_type -> FineTuningJobType
    order_by -> OrderBy
    purpose -> FilePurpose
    sample_type -> SampleType
    source -> FileSource
    visibility -> FileVisibility
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_and_not_the_whole() {
        assert_eq!(share("5%"), Ok(0.05));
        assert_eq!(share("0.25"), Ok(0.25));
        for text in ["", "0", "0%", "100%", "1", "5", "-1%", "NaN", "inf", "5 percent"] {
            assert!(share(text).unwrap_err().contains("such as 5%"), "{text}");
        }
    }

    #[test]
    fn memory_is_bytes_with_or_without_a_unit() {
        assert_eq!(memory("32M"), Ok(32 << 20));
        assert_eq!(memory("256KiB"), memory("262144"));
        for text in ["", "M", "1K", "32MB", "-1M", "1.5G", "99999999999999999999G"] {
            assert!(memory(text).unwrap_err().contains("such as 32M"), "{text}");
        }
    }

    #[test]
    fn a_percentage_is_none_to_all() {
        assert_eq!((percent("0"), percent("2.5%"), percent("100")), (Ok(0.0), Ok(2.5), Ok(100.0)));
        for text in ["", "-1", "101", "NaN", "five"] {
            assert!(percent(text).unwrap_err().contains("0 to 100"), "{text}");
        }
    }

    #[test]
    fn a_duration_needs_its_unit() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h30m"), Ok(5400));
        assert_eq!(seconds("1d"), Ok(86_400));
        assert!(seconds("0m").unwrap_err().contains("more than no time"));
        for text in ["", "0s", "90", "h", "-1s", "1.5h", "1é", "99999999999999999999s", "9999999999999999d", "400d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_timeout_is_whole_hours_up_to_a_week() {
        assert_eq!(timeout_hours("1"), Ok(1));
        assert_eq!(timeout_hours("168"), Ok(168));
        for text in ["0", "-1", "169", "1.5", "", "1e400", "NaN", "24h"] {
            assert!(timeout_hours(text).unwrap_err().contains("1 to 168"), "{text}");
        }
    }

    #[test]
    fn the_emulators_figures_are_refused_with_their_range() {
        assert_eq!((requests_per_second("1"), requests_per_second("1000000")), (Ok(1), Ok(1_000_000)));
        assert_eq!((max_pending("1"), max_pending("1000000000")), (Ok(1), Ok(1_000_000_000)));
        assert_eq!((concurrency("1"), concurrency("1024")), (Ok(1), Ok(1_024)));
        for text in ["0", "-1", "", "1.5", "1e6", "1000000001", "99999999999999999999"] {
            assert!(requests_per_second(text).unwrap_err().ends_with("1 to 1,000,000"), "{text}");
            assert!(concurrency(text).unwrap_err().ends_with("1 to 1,024"), "{text}");
            assert!(max_pending(text).unwrap_err().ends_with("1 to 1,000,000,000"), "{text}");
        }
    }

    #[test]
    fn metadata_is_split_at_the_first_equals_sign() {
        assert_eq!(metadata("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(metadata("team").is_err());
    }

    #[test]
    fn a_content_type_has_two_parts_and_ends_no_header() {
        assert_eq!(content_type("text/plain; charset=utf-8"), Ok("text/plain; charset=utf-8".into()));
        for text in ["", "pdf", "/pdf", "text/", "text/plain\r\nx: y", "text/é"] {
            assert!(content_type(text).unwrap_err().contains("application/pdf"), "{text:?}");
        }
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert!(unique_metadata(&[pair("a", "1"), pair("b", "2")]).is_ok());
        let refused = unique_metadata(&[pair("a", "1"), pair("a", "2")]).unwrap_err();
        assert!(refused.to_string().contains("\"a\" is given twice"));
    }

    #[test]
    fn words_of_the_api_are_taken_in_any_case_and_listed_when_wrong() {
        assert_eq!(status("running"), Ok(BatchJobStatus::Running));
        assert_eq!(order_by("-created"), Ok(OrderBy::CreatedDesc));
        assert!(status("DONE").unwrap_err().contains("QUEUED, RUNNING, SUCCESS"));
        assert!(purpose("train").unwrap_err().contains("fine-tune, batch"));
    }
}
