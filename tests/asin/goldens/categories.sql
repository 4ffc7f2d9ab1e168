-- The same samples with a feature more, that is a name: missing in some rows, and in some rows to stop by or to judge
-- by one that is in none to learn from.
select * replace (
    rtrim(feature_vector, '}')
        || case when round(noise * 1009)::int % 11 = 0 then '' else ', "kind": ' || to_json(
            case when split <> 'train' and place = 0.15 then 'new'
            else (['Räder', 'tyre', 'Tyre', 'a "b"', 'it''s', 'z, 1'])[(2 * relevance + round(noise * 1009)::int % 2) * 5 % 6 + 1] end
        ) end
        || '}' as feature_vector
)
from samples
