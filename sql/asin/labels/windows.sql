{#- What each product sold, and how it ranked, before and after each of its days. Windows count rows, or days
    of the calendar; a window with too few values has none. -#}
{% macro past() -%}
{% if calendar %}
range between {{ lookback - 1 }} * interval 1 day preceding and current row
{%- else %}
rows between {{ lookback - 1 }} preceding and current row
{%- endif %}
{%- endmacro %}
{% macro future() -%}
{% if calendar %}
range between interval 1 day following and {{ horizon }} * interval 1 day following
{%- else %}
rows between 1 following and {{ horizon }} following
{%- endif %}
{%- endmacro %}
create or replace temp table label_windows as
with windows as (
    select
        asin,
        site,
        category_key,
        dt as t_ref,
        price,
        count(sales) over past as past_sales_points,
        count(sales) over future as future_sales_points,
        sum(sales) over past as past_sum,
        sum(sales) over future as future_sum,
        count(bsr) over past as past_ranks,
        count(bsr) over future as future_ranks,
        median(bsr_percentile) over past as past_percentile,
        median(bsr_percentile) over future as future_percentile,
        {% if bsr_delta is not none or details %}
        median(bsr) over past as past_median,
        median(bsr) over future as future_median,
        {% endif %}
        max(dt) over future as last_day
    from label_rows
    window
        past as (partition by asin, site order by dt {{ past() }}),
        future as (partition by asin, site order by dt {{ future() }})
),
enough as (
    select
        asin,
        site,
        category_key,
        t_ref,
        price,
        case when past_sales_points >= {{ past_minimum }} then past_sum end as past_sales,
        future_sum as future_sales,
        case when past_ranks >= {{ past_minimum }} then past_percentile end as past_bsr_pct,
        case when future_ranks >= {{ future_minimum }} then future_percentile end as future_bsr_pct,
        {% if bsr_delta is not none or details %}
        case when past_ranks >= {{ past_minimum }} then past_median end as past_bsr,
        case when future_ranks >= {{ future_minimum }} then future_median end as future_bsr,
        {% endif %}
        nullif(past_sales_points, 0) as past_sales_points,
        nullif(future_sales_points, 0) as future_sales_points,
        last_day
    from windows
    where future_sales_points >= {{ future_minimum }}
)
select
    *,
    case when past_sales <> 0 and past_sales >= {{ min_past_sales }}::double then
        {% if daily_means %}
        future_sales / {{ horizon }} / (past_sales / {{ lookback }})
        {%- else %}
        future_sales / past_sales
        {%- endif %} end as sales_ratio,
    past_bsr_pct - future_bsr_pct as bsr_percentile_drop,
    {% if bsr_delta is not none or details %}
    future_bsr - past_bsr as bsr_delta,
    {% endif %}
from enough
