{# The places of a recommendation that dashboards show: 1-4 are the hotboxes, 5-20 the first 16 of the others.
   The layouts that hold them have 20 places, so SKU17 to SKU20 do not take part.
   places: columns of the recommendations; products: the columns of aim/cams.sql with their numbers. #}
{% set places = ["HB1", "HB2", "HB3", "HB4", "SKU1", "SKU2", "SKU3", "SKU4", "SKU5", "SKU6", "SKU7", "SKU8",
    "SKU9", "SKU10", "SKU11", "SKU12", "SKU13", "SKU14", "SKU15", "SKU16"] %}
{% set products = ["product_1", "product_2", "product_3", "product_4", "product_5", "product_6", "product_7",
    "product_8", "product_9", "product_10", "product_11", "product_12", "product_13", "product_14", "product_15",
    "product_16", "product_17", "product_18", "product_19", "product_20"] %}
