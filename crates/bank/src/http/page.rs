//! `GET /T/{digits}`: what the scanner of a stranger opens. Static: no script, and nothing
//! reflected but digits.

use super::document::Problems;
use crate::Bank;
use axum::{
    extract::State,
    http::{Uri, header},
    response::{Html, IntoResponse, Response},
};
use data_encoding::BASE64;
use lending::ticket::MAX_CODE_CHARACTERS;
use seal::Digest;

const STYLE: &str = include_str!("page.css");

/// Says to open the app, offers the link that does, and says that nobody is to be paid.
#[utoipa::path(
    get,
    path = "/T/{digits}",
    params(("digits" = String, Path, description = "a ticket; but for the link that opens the app, the page is the same for all")),
    responses(
        (status = 200, description = "a page for people", content_type = "text/html", body = String),
        Problems,
    )
)]
pub(super) async fn ticket_page(State(bank): State<Bank>, uri: Uri) -> Response {
    let desk = bank.desk();
    let named = &desk.published.catalogue().bank;
    let link = app_link(&named.host, uri.path().trim_start_matches("/T/"));
    let page = include_str!("page.html")
        .replace("{link}", &link)
        .replace("{style}", STYLE)
        .replace("{name}", &escape(&named.name.zh_hans))
        .replace("{name_en}", &escape(&named.name.en))
        .replace("{phone}", &escape(&named.phone));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        BASE64.encode(Digest::of(STYLE.as_bytes()).as_bytes()),
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, "DENY".into()),
        (header::CACHE_CONTROL, "no-cache".into()),
    ];
    (headers, Html(page)).into_response()
}

/// The same ticket for a phone that has the app. What is no ticket's shape is left out of it.
fn app_link(host: &str, digits: &str) -> String {
    let shaped = digits.len() <= MAX_CODE_CHARACTERS && digits.bytes().all(|b| b.is_ascii_digit());
    let digits = if shaped { digits } else { "" };
    format!("sanbu://{}/T/{digits}", escape(host))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
