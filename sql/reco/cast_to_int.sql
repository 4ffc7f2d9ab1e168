{# cast_to_int: a text's integer, or the second argument where the text is none; NULL for NULL. A number
   outside integer is an error. #}
create or replace function public.cast_to_int(value text, otherwise integer) returns integer
language plpgsql immutable parallel safe
as $$
begin
    return value::integer;
exception when invalid_text_representation then
    return otherwise;
end
$$
