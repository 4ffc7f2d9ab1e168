-- What a prediction is made of, where it was asked for: the largest contributions to the score.

alter table pred_rank_daily add column reason jsonb;
