use http::Response;
use mistral_models::{FilePurpose, FileSource, SampleType};
use serde_json::json;

use super::view;
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::error::{ApiError, Complaints, ok};
use crate::lock::lock;
use crate::query::{Page, Query};

/// `GET /v1/files`, newest first. `search` finds files whose name contains it, in either case.
pub(crate) fn list(api: &Api, owner: Owner, query: &Query) -> Result<Response<Body>, ApiError> {
    let mut complaints = Complaints::default();
    let page = Page::from_query(query, &mut complaints);
    let include_total = query.flag("include_total", &mut complaints).unwrap_or(true);
    complaints.check()?;

    let sample_types: Vec<SampleType> = query.all("sample_type").map(SampleType::from).collect();
    let sources: Vec<FileSource> = query.all("source").map(FileSource::from).collect();
    let mimetypes: Vec<&str> = query.all("mimetypes").collect();
    let purpose = query.text("purpose").map(FilePurpose::from);
    let search = query.text("search").map(str::to_lowercase);

    let mut files = lock(&api.files);
    let found: Vec<_> = files
        .newest_first(owner, api.clock.now())
        .into_iter()
        .map(|stored| &stored.file)
        .filter(|file| sample_types.is_empty() || sample_types.contains(&file.sample_type))
        .filter(|file| sources.is_empty() || sources.contains(&file.source))
        .filter(|file| mimetypes.is_empty() || file.mimetype.as_deref().is_some_and(|own| mimetypes.contains(&own)))
        .filter(|file| purpose.as_ref().is_none_or(|purpose| *purpose == file.purpose))
        .filter(|file| search.as_ref().is_none_or(|text| file.filename.to_lowercase().contains(text)))
        .collect();
    let total = include_total.then_some(found.len());
    let data = page.of(found.into_iter().map(view));
    Ok(ok(&json!({"object": "list", "data": data, "total": total})))
}
