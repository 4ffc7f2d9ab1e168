{# The CAMs at some places of the runlist: at all from first to last, or, where there are gaps between
   them, at the given ones. first, last; places: all of them, or none. #}
select vehicle, size
from runlist
where idx between {{ first }} and {{ last }}
{% if places %}
    and idx in ({% for place in places %}{{ place }}{{ "" | sql if loop.last else ", " | sql }}{% endfor %})
{% endif %}
order by idx
