-- Samples of 1,200 products and days in 60 groups: numbers that follow a rule, some of them missing.
select
    'A' || lpad((i % 20)::varchar, 2, '0') as asin,
    'US' as site,
    date '2024-01-01' + (i // 20)::int as t_ref,
    ((i * 7919 + (i // 20) * 104729) % 1009) / 1009 as noise,
    (i % 20) / 20 as place,
    least(4, (5 * (place + noise) / 2)::int) as relevance,
    (place + noise > 1.3)::int as taken_off,
    round(10 * place + 5 * noise, 3) as sold,
    'US|c|' || t_ref as group_id,
    case when i // 20 < 44 then 'train' when i // 20 < 52 then 'valid' else 'test' end as split,
    false as purged,
    '{"f0": ' || round(place + ((i * 31) % 17) / 40, 4)
        || case when i % 13 = 0 then '' else ', "f1": ' || round(noise * 2 + ((i * 57) % 23) / 30, 4) end
        || ', "whole": ' || (i % 5)
        || ', "name": "x' || (i % 3) || '"}' as feature_vector
from range(1200) t(i)
order by group_id, asin
