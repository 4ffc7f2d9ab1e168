//! The Parquet files of a table: opened, checked against its columns, read page by page.

use super::cast;
use crate::config::reco::Column;
use crate::store::{ObjectFile, Windows};
use anyhow::{Context as _, anyhow, ensure};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::schema::types::{SchemaDescriptor, Type};
use std::sync::Arc;

/// What a batch should hold, before long texts and dictionaries.
const BATCH_BYTES: i64 = 4 << 20;

/// Rows of a batch at most.
const MOST_BATCH_ROWS: i64 = 8192;

/// A Parquet file whose footer fits the table.
pub struct Shard {
    /// Its name, for messages.
    pub name: String,
    /// How many rows its footer promises.
    pub rows: u64,
    file: Arc<dyn ObjectFile>,
    metadata: ArrowReaderMetadata,
    projection: ProjectionMask,
    /// Where the table's columns are among those that are read.
    positions: Vec<usize>,
    /// Columns of the file that the table does not have.
    pub extra: Vec<String>,
}

impl Shard {
    /// Reads the footer, and finds the table's columns by their names.
    ///
    /// # Errors
    ///
    /// When the file is no Parquet file, lacks a column, or has one whose type does not fit.
    pub fn open(
        file: Arc<dyn ObjectFile>,
        name: String,
        columns: &[Column],
    ) -> anyhow::Result<Self> {
        let end = Windows::new(Arc::clone(&file), 1);
        // The schema that Arrow's writers add could ask for dictionaries and the like.
        let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let footer = |options| {
            ArrowReaderMetadata::load(&end, options)
                .with_context(|| format!("{name} is no Parquet file that can be read"))
        };
        let declared = footer(options())?;
        let fields = declared.schema().fields();
        let mut indexes = Vec::with_capacity(columns.len());
        for column in columns {
            let index = fields.iter().position(|field| *field.name() == column.name);
            let index = index.ok_or_else(|| {
                let names: Vec<_> = fields.iter().map(|field| field.name().as_str()).collect();
                anyhow!("{name} has no column {}; it has {}", column.name, names.join(", "))
            })?;
            cast::check(fields[index].data_type(), &column.column_type)
                .with_context(|| format!("{name}, column {}", column.name))?;
            indexes.push(index);
        }
        let mut order = indexes.clone();
        order.sort_unstable();
        let positions = indexes.iter().filter_map(|i| order.binary_search(i).ok()).collect();
        let extra = fields.iter().map(|field| field.name());
        let extra = extra.filter(|name| columns.iter().all(|column| column.name != **name));
        let extra = extra.cloned().collect();
        let schema = without_text(declared.parquet_schema())?;
        let views = as_views(footer(options().with_parquet_schema(schema.clone()))?.schema());
        let options = options().with_parquet_schema(schema).with_schema(Arc::new(views));
        let metadata = footer(options)?;
        let rows = metadata.metadata().file_metadata().num_rows();
        Ok(Self {
            rows: u64::try_from(rows).with_context(|| format!("{name} has {rows} rows"))?,
            projection: ProjectionMask::roots(metadata.parquet_schema(), indexes),
            name,
            file,
            metadata,
            positions,
            extra,
        })
    }

    /// How many parts can be read one beside the other.
    pub(super) fn row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// The number of the first row of a part, from 1.
    pub(super) fn first_row(&self, row_group: usize) -> u64 {
        let groups = self.metadata.metadata().row_groups();
        1 + groups[..row_group].iter().map(|group| group.num_rows().unsigned_abs()).sum::<u64>()
    }

    /// Where the table's columns are in the batches, in the table's order.
    pub(super) fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Reads one part in batches that fit into memory.
    pub(super) fn read(&self, row_group: usize) -> anyhow::Result<ParquetRecordBatchReader> {
        let group = self.metadata.metadata().row_group(row_group);
        let ends = group.columns().iter().map(|column| column.byte_range());
        let end = ends.map(|(start, length)| start + length).max().unwrap_or_default();
        let windows = Windows::new(Arc::clone(&self.file), self.positions.len()).until(end);
        let row_bytes = (group.total_byte_size() / group.num_rows().max(1)).max(1);
        let batch_rows = (BATCH_BYTES / row_bytes).clamp(1, MOST_BATCH_ROWS);
        ParquetRecordBatchReaderBuilder::new_with_metadata(windows, self.metadata.clone())
            .with_projection(self.projection.clone())
            .with_row_groups(vec![row_group])
            .with_batch_size(usize::try_from(batch_rows)?)
            .build()
            .with_context(|| format!("{} cannot be read", self.name))
    }
}

/// The schema with texts as plain bytes: what is not UTF-8 is then found by us, who can name its row.
fn without_text(schema: &SchemaDescriptor) -> anyhow::Result<Arc<SchemaDescriptor>> {
    let root = schema.root_schema();
    let fields = root.get_fields().iter().map(|field| {
        let info = field.get_basic_info();
        let is_number = info.converted_type() == ConvertedType::DECIMAL
            || matches!(info.logical_type_ref(), Some(LogicalType::Decimal { .. }));
        if !field.is_primitive()
            || field.get_physical_type() != PhysicalType::BYTE_ARRAY
            || is_number
        {
            return Ok(field.clone());
        }
        let plain = Type::primitive_type_builder(field.name(), PhysicalType::BYTE_ARRAY)
            .with_repetition(info.repetition())
            .build()?;
        Ok(Arc::new(plain))
    });
    let fields = fields.collect::<anyhow::Result<Vec<_>>>()?;
    let root = Type::group_type_builder(root.name()).with_fields(fields).build()?;
    ensure!(schema.num_columns() > 0, "the file has no columns");
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root))))
}

/// Bytes as views into the pages, which are not copied.
fn as_views(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Binary => {
            Arc::new(Field::new(field.name(), DataType::BinaryView, field.is_nullable()))
        }
        _ => field.clone(),
    });
    Schema::new(fields.collect::<Vec<_>>())
}
