//! Runs whole batch workloads on the Mistral AI API.

#![cfg_attr(docsrs, feature(doc_cfg))]
