//! Pages for people: `GET /T/{digits}`, what the scanner of a stranger opens, and
//! `GET /n/{id}/{version}`, the words of a consent notice. Static: no script, and nothing reflected
//! but digits.

use super::document::Problems;
use super::problem::Refused;
use crate::Bank;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use data_encoding::BASE64;
use lending::{Locale, ticket::MAX_CODE_CHARACTERS};
use seal::Digest;
use std::fmt::Write;
use wire::problem::ProblemCode;

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
    for_people(page)
}

/// The words of a consent notice, in every language, as a record names them: also of a version that
/// is no longer asked.
#[utoipa::path(
    get,
    path = "/n/{id}/{version}",
    params(
        ("id" = String, Path, description = "the notice"),
        ("version" = u32, Path, description = "its version"),
    ),
    responses(
        (status = 200, description = "a page for people", content_type = "text/html", body = String),
        (status = 404, description = "the bank never asked this"),
        Problems,
    )
)]
pub(super) async fn notice_page(
    State(bank): State<Bank>,
    path: Result<Path<(String, u32)>, PathRejection>,
) -> Result<Response, Refused> {
    let desk = bank.desk();
    let Path((id, version)) = path.map_err(|_| unknown())?;
    let notice = desk.published.notice(&id, version).ok_or_else(unknown)?;
    let name = &desk.published.catalogue().bank.name;
    let mut sections = String::new();
    for locale in Locale::ALL {
        let lang = match locale {
            Locale::ZhHans => "zh-Hans",
            Locale::En => "en",
        };
        let _ = writeln!(sections, "<section lang=\"{lang}\">");
        let mut words = notice.words(locale).into_iter();
        if notice.adverse_effect.is_some() {
            let first = escape(words.next().unwrap_or_default());
            let _ = writeln!(sections, "<p class=\"warn\">{first}</p>");
        }
        let _ = writeln!(sections, "<h1>{}</h1>", escape(words.next().unwrap_or_default()));
        for text in words {
            let _ = writeln!(sections, "<p>{}</p>", escape(text));
        }
        let (id, digest) = (escape(&notice.id), notice.digest(locale).to_hex());
        let _ = writeln!(sections, "<p>{id} {version} · SHA-256 {digest}</p>\n</section>");
    }
    let page = include_str!("notice.html")
        .replace("{style}", STYLE)
        .replace("{name}", &escape(&name.zh_hans))
        .replace("{sections}", &sections);
    Ok(for_people(page))
}

fn unknown() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, ProblemCode::NotFound, "the bank never asked this")
}

fn for_people(page: String) -> Response {
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
