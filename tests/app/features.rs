//! The list of features: what it says of pages and navigation is what the server serves, whatever the features are.

use super::support::{ADA, App};
use reqwest::StatusCode;
use starter::features::features;

#[tokio::test]
async fn each_entry_of_the_navigation_leads_to_a_page_that_it_marks_as_current() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let links: Vec<_> = features().links().collect();
    assert!(!links.is_empty());
    for link in links {
        let page = ada.get(link.to).await;
        assert_eq!(page.status, StatusCode::OK, "{link:?}");
        let entry = format!(
            "<a href=\"{}\" aria-current=\"page\">{}",
            link.to, link.text
        );
        assert!(page.body.contains(&entry), "no {entry} in {}", page.body);
    }
}

#[tokio::test]
async fn a_feature_says_itself_who_may_see_its_pages() {
    let app = App::start().await;
    let page = app.browser().get("/live").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Sign in to see it"), "{}", page.body);
}
