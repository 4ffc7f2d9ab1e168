\set VERBOSITY terse
-- Expected values are SciPy's: norm.sf, t.sf.
select round(reco.tail_probability(1.96)::numeric, 12) as two_sided,
       round(reco.tail_probability(-1.96, tail => 'upper')::numeric, 12) as upper,
       round(reco.tail_probability(-1.96, tail => 'lower')::numeric, 12) as lower;
select round(reco.tail_probability(2.5, 9)::numeric, 12) as two_sided,
       round(reco.tail_probability(2.5, 9, 'upper')::numeric, 12) as upper,
       round(reco.tail_probability(2.5, 9, 'lower')::numeric, 12) as lower;
-- Far out, where 1 - p would be 0.
select abs(reco.tail_probability(10, null, 'upper') / 7.61985302416047e-24 - 1) < 1e-13 as ten,
       abs(reco.tail_probability(30, null, 'upper') / 4.906713927147908e-198 - 1) < 2e-13 as thirty,
       abs(reco.tail_probability(30, 5, 'upper') / 3.8593243102480265e-07 - 1) < 1e-13 as students_t;
-- No degrees of freedom, or infinitely many, are the normal distribution.
select reco.tail_probability(1.3, null) = reco.tail_probability(1.3) as none,
       reco.tail_probability(1.3, 'Infinity') = reco.tail_probability(1.3) as infinite,
       reco.tail_probability(1.3, null, null) = reco.tail_probability(1.3) as two_sided;
select reco.tail_probability(0) as zero, reco.tail_probability('Infinity') as infinity,
       reco.tail_probability(null) as missing, reco.tail_probability('NaN', 3) as no_number;
select reco.tail_probability(1, 0);
select reco.tail_probability(1, 'NaN');
select reco.tail_probability(1, 5, 'left');
