use libduckdb_sys as duckdb;
use std::ffi::CString;

/// An argument: its name, for users, and its type.
pub(crate) type Arg = (&'static str, Type);

/// The SQL types that functions take and give.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Boolean,
    BigInt,
    Double,
    Varchar,
    List(&'static Type),
    Struct(&'static [(&'static str, Type)]),
}

impl Type {
    /// The engine's number of this type.
    pub(super) fn id(&self) -> duckdb::duckdb_type {
        match self {
            Self::Boolean => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_BOOLEAN,
            Self::BigInt => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT,
            Self::Double => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_DOUBLE,
            Self::Varchar => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_VARCHAR,
            Self::List(_) => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_LIST,
            Self::Struct(_) => duckdb::DUCKDB_TYPE_DUCKDB_TYPE_STRUCT,
        }
    }

    /// The engine's description of this type.
    pub(super) fn logical(&self) -> LogicalType {
        let raw = match self {
            // SAFETY: creates a type from a plain type number; the result is owned below.
            Self::Boolean | Self::BigInt | Self::Double | Self::Varchar => unsafe {
                duckdb::duckdb_create_logical_type(self.id())
            },
            Self::List(child) => {
                let child = child.logical();
                // SAFETY: the child lives through the call, which copies it.
                unsafe { duckdb::duckdb_create_list_type(child.0) }
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
            Self::Double => f.write_str("DOUBLE"),
            Self::Varchar => f.write_str("VARCHAR"),
            Self::List(child) => write!(f, "{child}[]"),
            Self::Struct(fields) => write!(f, "STRUCT({})", describe(fields)),
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
}

impl Drop for LogicalType {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { duckdb::duckdb_destroy_logical_type(&mut self.0) };
    }
}
