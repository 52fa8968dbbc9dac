use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::DATE;
use mistral_models::{List, UnixTime};

use crate::error::{Error, ErrorKind, Result};
use crate::transport::Transport;

/// The longest a look may take.
const LIMIT: Duration = Duration::from_secs(120);
/// How many pages are looked through at the most.
const PAGES: u64 = 50;
/// Items on a full page.
const FULL: usize = 100;

/// What a look through the newest items of a listing saw.
///
/// For the question whether something was created by a call whose answer was lost. Filters are not trusted: the caller
/// matches the items. Nor is this machine's clock: the window ends at the `Date` of the listing.
#[derive(Debug)]
pub struct Recent<T> {
    /// The items made within the window, oldest first.
    pub items: Vec<T>,
    /// The server's own time while it listed; without it, there is no window and every item is in it.
    pub now: Option<UnixTime>,
    /// Whether the pages came newest first. If not, the window has no end, and every page was asked for.
    pub newest_first: bool,
    /// Whether the whole window was seen; otherwise there were more than 50 pages.
    pub complete: bool,
}

impl<T: Clone + PartialEq> Recent<T> {
    /// Looks through a listing from its first page on, back to the items made `age` ago.
    ///
    /// `list` fetches a page by its number, counted from 0, over the transport it is given; `created_at` tells when an item
    /// was made.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) after 120 s, and what `list` returns.
    pub async fn look<L, F>(
        transport: &Transport,
        operation: &'static str,
        age: Duration,
        list: L,
        created_at: impl Fn(&T) -> UnixTime,
    ) -> Result<Self>
    where
        L: Fn(Transport, u64) -> F,
        F: Future<Output = Result<List<T>>>,
    {
        let looking = Self::pages(transport, age, list, created_at);
        tokio::time::timeout(LIMIT, looking).await.unwrap_or_else(|_| {
            let message = format!("the look through the list took longer than {} s", LIMIT.as_secs());
            Err(Error::new(ErrorKind::Timeout, message).during(operation))
        })
    }

    async fn pages<L, F>(
        transport: &Transport,
        age: Duration,
        list: L,
        created_at: impl Fn(&T) -> UnixTime,
    ) -> Result<Self>
    where
        L: Fn(Transport, u64) -> F,
        F: Future<Output = Result<List<T>>>,
    {
        let date = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&date);
        let transport = transport.with_inspector(move |_, head| {
            let date = head.headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = date.map(UnixTime::from);
        });
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX / 2);
        let mut this = Self { items: Vec::new(), now: None, newest_first: true, complete: false };
        let (mut last, mut ended): (Vec<T>, _) = (Vec::new(), None);
        for number in 0..PAGES {
            let page = list(transport.clone(), number).await?.data;
            this.now = *date.lock().unwrap_or_else(PoisonError::into_inner);
            let since = this.now.map(|now| now.as_secs().saturating_sub(age));
            let recent = |item: &T| since.is_none_or(|since| created_at(item).as_secs() >= since);
            if page.is_empty() || page == last {
                // A short page that comes again is all there is; a full one hides what follows.
                this.complete = page.len() < FULL;
                break;
            }
            // A page may begin with items of the one before, pushed on by new ones.
            let ends = page.last().map(&created_at);
            this.newest_first &= page.is_sorted_by(|left, right| created_at(left) >= created_at(right))
                && ended.is_none_or(|ended| ends.is_none_or(|ends| ends <= ended));
            ended = ends;
            let new = page.iter().filter(|item| recent(item) && !last.contains(item));
            this.items.extend(new.cloned());
            if this.newest_first && !page.iter().all(recent) {
                this.complete = true;
                break;
            }
            last = page;
        }
        // Newest first, the other way round; those of the same second keep the listing's order.
        this.items.reverse();
        this.items.sort_by_key(&created_at);
        Ok(this)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::{Request, Response};

    use super::*;
    use crate::{Body, Call};

    /// The time of the service, 100 s after the epoch.
    const NOW: &str = "Thu, 01 Jan 1970 00:01:40 GMT";

    /// Looks 30 s back through pages of items that are the time they were made; which pages were asked for.
    async fn look(date: Option<&'static str>, pages: Vec<Vec<i64>>) -> (Result<Recent<i64>>, Vec<String>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let service = tower::service_fn(move |request: Request<Body>| {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let number: usize = query.trim_start_matches("page=").parse().unwrap();
            let page = List::new(pages.get(number).or(pages.last()).cloned().unwrap_or_default());
            seen.lock().unwrap().push(query);
            let mut answer = Response::new(Body::from(serde_json::to_string(&page).unwrap()));
            answer.headers_mut().extend(date.map(|date| (DATE, date.parse().unwrap())));
            std::future::ready(Ok::<_, Infallible>(answer))
        });
        let list = |transport: Transport, page: u64| async move {
            let query = std::collections::BTreeMap::from([("page", page)]);
            transport.json::<List<i64>>(Call::get("x.list", &["v1", "x"]).query(&query)).await
        };
        let transport = Transport::from_service(service);
        let created_at = |item: &i64| UnixTime::from_secs(*item);
        let recent = Recent::look(&transport, "x.list", Duration::from_secs(30), list, created_at).await;
        let asked = asked.lock().unwrap().clone();
        (recent, asked)
    }

    #[tokio::test]
    async fn a_look_ends_where_the_servers_clock_says() {
        let (recent, asked) = look(Some(NOW), vec![vec![99, 80], vec![75, 69], vec![60]]).await;
        let recent = recent.unwrap();
        assert_eq!((recent.items, recent.complete, recent.newest_first), (vec![75, 80, 99], true, true));
        assert_eq!(recent.now, Some(UnixTime::from_secs(100)));
        assert_eq!(asked, ["page=0", "page=1"]);
    }

    #[tokio::test]
    async fn without_a_date_or_an_order_everything_is_looked_at() {
        let (recent, asked) = look(None, vec![vec![99, 80], vec![3], vec![]]).await;
        let recent = recent.unwrap();
        assert_eq!((recent.items, recent.complete, recent.now), (vec![3, 80, 99], true, None));
        assert_eq!(asked.len(), 3);

        let (recent, asked) = look(Some(NOW), vec![vec![3, 80], vec![99], vec![]]).await;
        let recent = recent.unwrap();
        assert_eq!((recent.items, recent.complete, recent.newest_first), (vec![80, 99], true, false));
        assert_eq!(asked.len(), 3);
    }

    #[tokio::test]
    async fn a_listing_without_end_is_left_after_fifty_pages_and_one_that_repeats_itself_after_two() {
        let endless = (0..60).map(|page| vec![200 - page]).collect();
        let (recent, asked) = look(Some(NOW), endless).await;
        assert_eq!((recent.unwrap().complete, asked.len()), (false, 50));
        let (recent, asked) = look(Some(NOW), vec![vec![99]]).await;
        let recent = recent.unwrap();
        assert_eq!((recent.items, recent.complete, asked.len()), (vec![99], true, 2));
    }
}
