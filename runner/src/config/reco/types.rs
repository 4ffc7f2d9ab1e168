//! Types of columns in PostgreSQL.

use crate::warehouse::template::quote_identifier;
use serde::Deserialize;
use std::str::FromStr;

/// What becomes of the decimals of the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMode {
    /// numeric(18,3), and reals as the former job rounded them: what readers are used to. A coordinate is
    /// off by up to 55 m.
    Compat,
    /// numeric(38,9): every digit the warehouse has; reals are the nearest.
    Exact,
}

impl DecimalMode {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compat => "compat",
            Self::Exact => "exact",
        }
    }

    /// Digits in all, and digits after the point.
    pub fn precision_and_scale(self) -> (u32, u32) {
        match self {
            Self::Compat => (18, 3),
            Self::Exact => (38, 9),
        }
    }
}

impl FromStr for DecimalMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "compat" => Ok(Self::Compat),
            "exact" => Ok(Self::Exact),
            _ => Err("use compat or exact".to_owned()),
        }
    }
}

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ColumnType {
    /// Text.
    Varchar,
    /// Text.
    Text,
    /// JSON, kept byte for byte.
    Json,
    /// 16 bits.
    Smallint,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Bigint,
    /// float4.
    Real,
    /// float8.
    Double,
    /// numeric, with the digits of the [`DecimalMode`].
    Decimal,
    /// numeric with as many digits as a value has; in views only.
    Numeric,
    /// True or false.
    Boolean,
    /// Without time zone; zoned ones are taken at UTC.
    Timestamp,
    /// A day.
    Date,
    /// Bytes.
    Bytea,
    /// PostGIS's geometry, without a reference system.
    Geometry,
    /// PostGIS's geography; in views only.
    Geography,
    /// One dimension of a plain type.
    Array(Box<ColumnType>),
}

impl ColumnType {
    /// The type's name in SQL. `postgis` is the schema of PostGIS.
    pub fn sql(&self, decimals: DecimalMode, postgis: &str) -> String {
        match self {
            Self::Varchar => "varchar".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Json => "json".to_owned(),
            Self::Smallint => "smallint".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Bigint => "bigint".to_owned(),
            Self::Real => "real".to_owned(),
            Self::Double => "double precision".to_owned(),
            Self::Decimal => {
                let (precision, scale) = decimals.precision_and_scale();
                format!("numeric({precision},{scale})")
            }
            Self::Numeric => "numeric".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Bytea => "bytea".to_owned(),
            Self::Geometry => format!("{}.geometry", quote_identifier(postgis)),
            Self::Geography => format!("{}.geography", quote_identifier(postgis)),
            Self::Array(element) => format!("{}[]", element.sql(decimals, postgis)),
        }
    }

    /// Whether PostGIS provides it.
    pub fn needs_postgis(&self) -> bool {
        matches!(self, Self::Geometry | Self::Geography)
    }

    /// Whether only a view can have it.
    pub(super) fn is_computed(&self) -> bool {
        matches!(self, Self::Numeric | Self::Geography)
    }
}

impl TryFrom<String> for ColumnType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some(element) = text.strip_suffix("[]") {
            let element = Self::try_from(element.to_owned())?;
            return match element {
                Self::Array(_) | Self::Geometry | Self::Geography | Self::Json => {
                    Err(format!("Arrays of {} are not supported", text.trim_end_matches("[]")))
                }
                element => Ok(Self::Array(Box::new(element))),
            };
        }
        Ok(match text.as_str() {
            "varchar" => Self::Varchar,
            "text" => Self::Text,
            "json" => Self::Json,
            "smallint" => Self::Smallint,
            "integer" => Self::Integer,
            "bigint" => Self::Bigint,
            "real" => Self::Real,
            "double precision" => Self::Double,
            "decimal" => Self::Decimal,
            "numeric" => Self::Numeric,
            "boolean" => Self::Boolean,
            "timestamp" => Self::Timestamp,
            "date" => Self::Date,
            "bytea" => Self::Bytea,
            "geometry" => Self::Geometry,
            "geography" => Self::Geography,
            _ => return Err(format!("The type {text} is unknown")),
        })
    }
}
