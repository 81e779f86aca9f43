//! `GET /openapi.json`: the gateway described in OpenAPI 3.1.

use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Components, Content, Info, KnownFormat, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
        Response as Described, ResponseBuilder, SchemaFormat, Type,
        schema::Schema,
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};
use wire::{bank::PROBLEM_TYPE, problem::Problem};

/// Bytes that this document says no more about.
pub(super) struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for Binary {}

/// The problems that any route may answer with.
pub(super) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let all = [
            ("400", "malformed"),
            ("405", "method_not_allowed"),
            ("408", "busy: the request took too long"),
            ("500", "internal"),
            ("503", "busy: try again after Retry-After"),
        ];
        let described = |description: &str| {
            let body = Content::new(Some(Ref::from_schema_name(Problem::name())));
            ResponseBuilder::new().description(description).content(PROBLEM_TYPE, body).build()
        };
        all.into_iter()
            .map(|(status, description)| (status.to_owned(), described(description).into()))
            .collect()
    }
}

/// What the document says before any route.
pub(super) fn base() -> OpenApi {
    let mut info = Info::new("Sanbu bank gateway", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Every refusal is a Problem as application/problem+json. Signed objects are COSE_Sign1 \
         (RFC 9052) and are verified by the client, never parsed from this document."
            .into(),
    );
    let mut components = Components::new();
    components.add_security_scheme(
        "device_key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "Signature",
            "HTTP Message Signature (RFC 9421) by the device key, label sanbu, over @method, \
             @authority and @path; Signature-Input beside it",
        ))),
    );
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    components.schemas.extend(parts);
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"), Problems)
)]
pub(super) async fn get_document(Extension(document): Extension<Arc<str>>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}
