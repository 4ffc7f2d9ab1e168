{# Included: the override file's table. #}
{% from dialect import integer, text %}
create table if not exists {{ table("AIM", "AIM-override-file") }} (
    Today date, Make {{ text }}, Model {{ text }}, Width {{ text }}, Profile {{ text }}, Rim {{ text }},
    SKU {{ integer }}, TakeoverName {{ text }}, RibbonName {{ text }},
{% for n in range(2, 5) %}
    SKU{{ n }} {{ integer }}, RibbonName{{ n }} {{ text }},
{% endfor %}
    Country {{ text }}, Year {{ text }}, CAMUSlot {{ integer }},
{% for n in range(5, 21) %}
    SKU{{ n }} {{ integer }}, RibbonName{{ n }} {{ text }},
{% endfor %}
    Manufacturer {{ text }}, ModelName {{ text }}, OE {{ text }}, Segment {{ text }}, Category {{ text }},
    Size {{ text }}, Vehicle {{ text }}, CAM {{ text }}, distinct_sku_count {{ integer }}, CAMSource {{ text }}
);
