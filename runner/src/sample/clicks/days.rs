//! One day of events as a Parquet file with the nested columns of the analytics export.

use super::visits::Event;
use crate::sample::tables::Tables;
use jiff::civil::Date;
use std::path::Path;

const EVENT_COLUMNS: &str = "event_number bigint, event_date varchar, event_timestamp bigint, \
    event_name varchar, user_pseudo_id varchar, user_id varchar, country varchar, \
    page_location varchar, transaction_id varchar";

const ITEM_COLUMNS: &str = "event_number bigint, place integer, item_id varchar, \
    item_list_id varchar, item_list_index varchar, item_category5 varchar, item_brand varchar, \
    item_category varchar, item_variant varchar, price double, quantity bigint, grade varchar, \
    code varchar";

const NESTED: &str = "
    select
        event_date, event_timestamp, event_name, user_pseudo_id, user_id,
        {'country': country} as geo,
        list_filter(
            [
                {'key': 'page_location', 'value': {'string_value': page_location}},
                {'key': 'transaction_id', 'value': {'string_value': transaction_id}}
            ],
            lambda param: param.value.string_value is not null
        ) as event_params,
        items
    from click_events
    join (
        select
            event_number,
            list(
                {
                    'item_id': item_id,
                    'item_list_id': item_list_id,
                    'item_list_index': item_list_index,
                    'item_category5': item_category5,
                    'item_brand': item_brand,
                    'item_category': item_category,
                    'item_variant': item_variant,
                    'price': price,
                    'quantity': quantity,
                    'item_params': list_filter(
                        [
                            {'key': 'item_category2', 'value': {'string_value': grade}},
                            {'key': 'item_category8', 'value': {'string_value': code}}
                        ],
                        lambda param: param.value.string_value is not null
                    )
                }
                order by place
            ) as items
        from click_items
        group by event_number
    ) using (event_number)
    order by event_number";

/// Writes the events of a day, which are in the order of time, and returns their number.
pub(super) fn write(
    tables: &Tables,
    path: &Path,
    day: Date,
    events: &[Event<'_>],
) -> anyhow::Result<u64> {
    let date = day.strftime("%Y%m%d").to_string();
    tables.fill("click_events", EVENT_COLUMNS, |rows| {
        for (number, event) in events.iter().enumerate() {
            rows.append_row((
                number as i64,
                date.as_str(),
                event.time,
                event.name,
                event.visitor.browser(),
                event.visitor.account(),
                event.country,
                event.page.as_deref(),
                event.transaction.as_deref(),
            ))?;
        }
        Ok(())
    })?;
    tables.fill("click_items", ITEM_COLUMNS, |rows| {
        for (number, event) in events.iter().enumerate() {
            for (place, item) in event.items.iter().enumerate() {
                let id = item.product.map(|product| product.id.to_string());
                rows.append_row((
                    number as i64,
                    place as i32,
                    id.as_deref().unwrap_or("(not set)"),
                    item.list_id,
                    item.list_index.as_deref(),
                    item.vehicle,
                    item.product.map(|product| product.brand),
                    item.product.map(|product| product.model),
                    item.product.map(|product| product.size_text.as_str()),
                    item.price,
                    item.quantity,
                    item.product.map(|product| product.grade),
                    item.code,
                ))?;
            }
        }
        Ok(())
    })?;
    tables.write(NESTED, path)
}
