-- Features that try the rules' edges: groups of one product and of hundreds, ties, constant middles, missing values, and
-- numbers of every size; but for negative zeros, whose sign the emulator's engine loses when it sorts. The same rows
-- each time.
create schema asin;

create macro share(i, k) as (hash(i, k) % 1000003) / 1000003.0;

create macro odd(i, g, k) as case
    when share(i, 100 + k) < 0.1 then null
    else case (hash(g, k) % 9)::int
        when 0 then share(i, k) * 1000
        when 1 then (hash(i, k) % 5)::double
        -- Constant middles: of decimals, of nothing, with tiny and with huge outliers.
        when 2 then if(share(i, k) < 0.7, 3.3, share(i, k) * 10)
        when 3 then if(share(i, k) < 0.6, 0, (share(i, k) - 0.5) * 1e-20)
        when 4 then if(share(i, k) < 0.6, 7.7, pow(10, (share(i, k) - 0.5) * 60))
        when 5 then pow(10, (share(i, k) - 0.5) * 40)
        when 6 then 7.7
        when 7 then (share(i, k) - 0.5) * 1e250
        else [
            'nan'::double, 'inf'::double, '-inf'::double, 0.0::double, -1.5::double, 1e-100::double, 1e200::double,
            -1e200::double, 1.5::double, 1e15::double, 9007199254740993::double, 1e16::double, 1e-5::double
        ][1 + (hash(i, k) % 13)::int]
    end
end;

create table asin.odd_features as
select
    'P' || lpad(i::varchar, 5, '0') as asin,
    ['US', 'DE', 'UK'][1 + g % 3] as site,
    date '2024-01-01' + (i % 2)::int as dt,
    case g % 7 when 0 then null when 1 then '' else 'c' || g end as category,
    odd(i, g, 1) as bsr_trend_30,
    odd(i, g, 2) as est_sales_30,
    odd(i, g, 3) as review_vel_14,
    odd(i, g, 4) as price_vol_30,
    odd(i, g, 5) as listing_quality,
    if(share(i, 6) < 0.1, ' ', ' ' || odd(i, g, 0)::varchar) as in_text,
    (hash(i, 7) % 40)::bigint as whole,
    i % 3 = 0 as flag
from (select i, floor(120 * pow(share(i, 8), 3))::int as g from range(4000) as numbers(i)) as groups

-- Distances that no double holds, and groups of one, two and three.
union all
select asin, site, date '2024-01-01', category, x, x, x, x, x, x::varchar, 1, true
from (
    select asin, site, category, written::double as x
    from (values
        ('A1', 'US', 'far', '1.7e308'), ('A2', 'US', 'far', '-1.7e308'), ('A3', 'US', 'far', '1e308'),
        ('A4', 'US', 'far', '5e307'), ('B1', 'US', 'farther', '-1.7e308'), ('B2', 'US', 'farther', '-1.7e308'),
        ('B3', 'US', 'farther', '1.7e308'), ('C1', 'US', 'one', '3'), ('C2', 'DE', 'one', null),
        ('C3', 'UK', 'one', 'nan'), ('C4', 'US', 'one''s "own"', 'inf'), ('D1', 'US', 'two', 'inf'),
        ('D2', 'US', 'two', '-inf'), ('E1', 'US', 'three', '0.0'), ('E2', 'US', 'three', '0.0'),
        ('E3', 'US', 'three', '1e-300')
    ) as rows(asin, site, category, written)
) as special;
