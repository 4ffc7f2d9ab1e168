use libduckdb_sys as duckdb;
use std::ffi::{CStr, CString};

/// An argument: its name, for users, and its type.
pub(crate) type Arg = (&'static str, Type);

/// The SQL types that functions take and give.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Boolean,
    BigInt,
    Date,
    Double,
    Varchar,
    /// An argument of any type; the function looks for itself.
    Any,
    List(&'static Type),
    Map(&'static Type, &'static Type),
    Struct(&'static [(&'static str, Type)]),
    /// As a scalar function's last argument: any number of arguments of this type.
    Many(&'static Type),
}

impl Type {
    /// The engine's number of this type.
    pub(super) fn id(&self) -> duckdb::duckdb_type {
        match self {
            Self::Boolean => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_BOOLEAN,
            Self::BigInt => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT,
            Self::Date => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_DATE,
            Self::Double => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_DOUBLE,
            Self::Varchar => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_VARCHAR,
            Self::Any => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_ANY,
            Self::List(_) => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_LIST,
            Self::Map(..) => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_MAP,
            Self::Struct(_) => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_STRUCT,
            Self::Many(each) => each.id(),
        }
    }

    /// The engine's description of this type.
    pub(super) fn logical(&self) -> LogicalType {
        let raw = match self {
            Self::Many(each) => return each.logical(),
            Self::Boolean
            | Self::BigInt
            | Self::Date
            | Self::Double
            | Self::Varchar
            | Self::Any => {
                // SAFETY: creates a type from a plain type number; the result is owned below.
                unsafe { duckdb::duckdb_create_logical_type(self.id()) }
            }
            Self::List(child) => {
                let child = child.logical();
                // SAFETY: the child lives through the call, which copies it.
                unsafe { duckdb::duckdb_create_list_type(child.0) }
            }
            Self::Map(key, value) => {
                let (key, value) = (key.logical(), value.logical());
                // SAFETY: both live through the call, which copies them.
                unsafe { duckdb::duckdb_create_map_type(key.0, value.0) }
            }
            Self::Struct(fields) => {
                let children: Vec<LogicalType> =
                    fields.iter().map(|(_, field)| field.logical()).collect();
                let mut types: Vec<_> = children.iter().map(|child| child.0).collect();
                let names: Vec<CString> =
                    fields.iter().map(|(name, _)| super::error::to_c(name)).collect();
                let mut names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
                // SAFETY: both arrays hold `fields.len()` elements that live through the call,
                // which copies them.
                unsafe {
                    duckdb::duckdb_create_struct_type(
                        types.as_mut_ptr(),
                        names.as_mut_ptr(),
                        fields.len() as u64,
                    )
                }
            }
        };
        LogicalType(raw)
    }
}

impl std::fmt::Display for Type {
    /// As SQL writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::BigInt => f.write_str("BIGINT"),
            Self::Date => f.write_str("DATE"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Varchar => f.write_str("VARCHAR"),
            Self::Any => f.write_str("ANY"),
            Self::List(child) => write!(f, "{child}[]"),
            Self::Map(key, value) => write!(f, "MAP({key}, {value})"),
            Self::Struct(fields) => write!(f, "STRUCT({})", describe(fields)),
            Self::Many(each) => write!(f, "{each}..."),
        }
    }
}

/// Names and types, as SQL writes them.
pub(crate) fn describe(args: &[Arg]) -> String {
    let parts: Vec<String> = args.iter().map(|(name, arg)| format!("{name} {arg}")).collect();
    parts.join(", ")
}

/// An owned type description.
pub(super) struct LogicalType(pub(super) duckdb::duckdb_logical_type);

impl LogicalType {
    /// The type of `vector`.
    ///
    /// # Safety
    ///
    /// `vector` must be a live vector.
    pub(super) unsafe fn of(vector: duckdb::duckdb_vector) -> Self {
        // SAFETY: the caller hands over a live vector.
        Self(unsafe { duckdb::duckdb_vector_get_column_type(vector) })
    }

    pub(super) fn id(&self) -> duckdb::duckdb_type {
        // SAFETY: the description is live until drop.
        unsafe { duckdb::duckdb_get_type_id(self.0) }
    }

    /// How many fields a struct type has.
    pub(super) fn field_count(&self) -> u64 {
        // SAFETY: the description is live; for other types the engine answers 0.
        unsafe { duckdb::duckdb_struct_type_child_count(self.0) }
    }

    /// The name of a struct's field, which must exist.
    pub(super) fn field_name(&self, field: u64) -> String {
        // SAFETY: the description is live; the name is the engine's own text, released once.
        unsafe {
            let name = duckdb::duckdb_struct_type_child_name(self.0, field);
            if name.is_null() {
                return String::new();
            }
            let text = CStr::from_ptr(name).to_string_lossy().into_owned();
            duckdb::duckdb_free(name.cast());
            text
        }
    }

    /// Width, scale and memory form of a decimal type.
    pub(super) fn decimal(&self) -> (u8, u8, duckdb::duckdb_type) {
        // SAFETY: the description is live; for other types the engine answers 0.
        unsafe {
            (
                duckdb::duckdb_decimal_width(self.0),
                duckdb::duckdb_decimal_scale(self.0),
                duckdb::duckdb_decimal_internal_type(self.0),
            )
        }
    }
}

impl Drop for LogicalType {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { duckdb::duckdb_destroy_logical_type(&mut self.0) };
    }
}
