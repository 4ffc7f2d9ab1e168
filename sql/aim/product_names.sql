{# Included: what products are called. choices. #}
{% from dialect import safe_int, text %}
product_texts as (
    select
        {{ safe_int("cast(Product_ID as " ~ text ~ ")") }} as product_id,
        cast(Manufacturer as {{ text }}) as manufacturer,
        cast(Model_Name as {{ text }}) as model_name,
        cast(OE as {{ text }}) as oe
    from {{ table("AIM", "aim-catalogue") }}
),

product_names as (
    select * from product_texts
    {% if choices.one_row_per_key %}
    qualify row_number() over (
        partition by product_id order by manufacturer nulls last, model_name nulls last, oe nulls last
    ) = 1
    {% endif %}
),
