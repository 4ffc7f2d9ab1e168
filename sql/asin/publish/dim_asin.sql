select
    asin,
    site,
    title,
    brand,
    -- As PostgreSQL writes an array.
    '{' || array_to_string(
        list_transform(category_path, lambda part: '"' || replace(replace(part, '\', '\\'), '"', '\"') || '"'), ','
    ) || '}' as category_path,
    category,
    first_seen,
    last_seen
from {{ table(schema, 'dim_asin') }}
