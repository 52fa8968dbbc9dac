use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_core::Stream;
use futures_util::stream;
use mistral_models::List;
use serde::Serialize;

use crate::error::Result;

/// Every item of a listing, page after page, as they are asked for.
///
/// `page` fetches the page of that number, `size` is how many items were asked for. The listing ends with an empty page,
/// with a page that was there before, or with a page shorter than `size` once as many items were seen as the total
/// says. A short page alone is not the end, because the server may have a maximum of its own; nor is a total alone, because
/// no document says what it counts.
///
/// # Errors
///
/// What `page` returns; the stream ends after it.
pub fn pages<T, P, F>(first: u64, size: Option<u64>, page: P) -> impl Stream<Item = Result<T>>
where
    T: Serialize,
    P: FnMut(u64) -> F,
    F: Future<Output = Result<List<T>>>,
{
    let state =
        State { page, size, number: first, seen: 0, done: false, ready: VecDeque::new(), pages: SeenPages::default() };
    stream::unfold(Some(state), |state| async {
        let mut state = state?;
        loop {
            if let Some(item) = state.ready.pop_front() {
                return Some((Ok(item), Some(state)));
            }
            match state.fetch().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some((Err(error), None)),
            }
        }
    })
}

/// The pages of a listing that were seen, to find out when it begins to repeat itself.
///
/// Keeps a digest of eight bytes a page. For those who go through pages by themselves; [`pages`] has it already.
///
/// ```
/// use mistral_transport::SeenPages;
///
/// let mut seen = SeenPages::default();
/// assert!(!seen.repeats(&["a", "b"]) && !seen.repeats(&["c"]));
/// assert!(seen.repeats(&["a", "b"]));
/// ```
#[derive(Debug, Default)]
pub struct SeenPages(HashSet<u64>);

impl SeenPages {
    /// Whether a page of these items was seen before; from now on it was.
    pub fn repeats<T: Serialize>(&mut self, page: &[T]) -> bool {
        let mut digest = DefaultHasher::new();
        // What cannot be written as JSON did not come as JSON; such pages count as one.
        serde_json::to_vec(page).unwrap_or_default().hash(&mut digest);
        !self.0.insert(digest.finish())
    }
}

struct State<T, P> {
    page: P,
    size: Option<u64>,
    number: u64,
    seen: u64,
    done: bool,
    ready: VecDeque<T>,
    pages: SeenPages,
}

impl<T, P, F> State<T, P>
where
    T: Serialize,
    P: FnMut(u64) -> F,
    F: Future<Output = Result<List<T>>>,
{
    /// Fetches the next page; false if there is none.
    async fn fetch(&mut self) -> Result<bool> {
        if self.done {
            return Ok(false);
        }
        let page = (self.page)(self.number).await?;
        if page.data.is_empty() || self.pages.repeats(&page.data) {
            return Ok(false);
        }
        self.number += 1;
        self.seen += page.data.len() as u64;
        let short = self.size.is_some_and(|size| (page.data.len() as u64) < size);
        self.done = short && page.total.is_some_and(|total| self.seen >= total);
        self.ready.extend(page.data);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    /// Lists pages and counts the requests.
    async fn listed(first: u64, pages_of: &[List<u32>]) -> (Vec<u32>, usize) {
        let mut requests = 0;
        let items = pages(first, Some(2), |number| {
            requests += 1;
            let page = pages_of.get(number as usize).cloned().unwrap_or(List::new(Vec::new()));
            async { Ok(page) }
        });
        let items = items.try_collect().await.unwrap();
        (items, requests)
    }

    #[tokio::test]
    async fn a_total_saves_the_request_for_the_empty_page() {
        let pages = [List::new(vec![1, 2]).total(3), List::new(vec![3]).total(3)];
        assert_eq!(listed(0, &pages).await, (vec![1, 2, 3], 2));
    }

    #[tokio::test]
    async fn without_a_total_an_empty_page_is_the_end_and_a_short_one_is_not() {
        let pages = [List::new(vec![1, 2]), List::new(vec![3]), List::new(vec![4, 5])];
        assert_eq!(listed(0, &pages).await, (vec![1, 2, 3, 4, 5], 4));
    }

    #[tokio::test]
    async fn a_listing_can_begin_in_the_middle() {
        let pages = [List::new(vec![1, 2]).total(3), List::new(vec![3]).total(3)];
        assert_eq!(listed(1, &pages).await.0, vec![3]);
    }

    #[tokio::test]
    async fn the_same_page_for_ever_is_asked_for_twice_at_the_most() {
        let pages = vec![List::new(vec![1, 2]); 100];
        assert_eq!(listed(0, &pages).await, (vec![1, 2], 2));
    }

    #[tokio::test]
    async fn pages_that_come_in_turn_are_given_once() {
        let pages = vec![[List::new(vec![1, 2]), List::new(vec![3, 4])]; 50].concat();
        assert_eq!(listed(0, &pages).await, (vec![1, 2, 3, 4], 3));
    }
}
