\set VERBOSITY terse
-- Plain SQL refuses what it cannot compute exactly.
select reco.tail_probability(1.96);
