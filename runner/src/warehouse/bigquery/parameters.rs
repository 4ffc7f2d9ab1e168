//! Parameters as the service takes them.

use crate::warehouse::parameter::{Content, Parameter};
use crate::warehouse::template::Statement;
use gcp_bigquery_client::model::query_parameter::QueryParameter;
use gcp_bigquery_client::model::query_parameter_type::QueryParameterType;
use gcp_bigquery_client::model::query_parameter_value::QueryParameterValue;

/// How the statement names them, where it has any.
pub(super) fn mode(statement: &Statement) -> Option<String> {
    (!statement.parameters.is_empty()).then(|| "NAMED".to_owned())
}

/// All of a statement, where it has any.
pub(super) fn of(statement: &Statement) -> Option<Vec<QueryParameter>> {
    let all = || statement.parameters.iter().map(parameter).collect();
    (!statement.parameters.is_empty()).then(all)
}

fn parameter(Parameter { name, kind, content }: &Parameter) -> QueryParameter {
    let one = |value: Option<String>| QueryParameterValue { value, ..Default::default() };
    let kind = QueryParameterType { r#type: kind.name().to_owned(), ..Default::default() };
    let (kind, value) = match content {
        Content::One(text) => (kind, one(text.clone())),
        Content::List(texts) => {
            let list = QueryParameterType {
                r#type: "ARRAY".to_owned(),
                array_type: Some(Box::new(kind)),
                ..Default::default()
            };
            let values = texts.iter().map(|text| one(Some(text.clone()))).collect();
            (list, QueryParameterValue { array_values: Some(values), ..Default::default() })
        }
    };
    QueryParameter {
        name: Some(name.clone()),
        parameter_type: Some(kind),
        parameter_value: Some(value),
    }
}
