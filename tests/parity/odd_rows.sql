-- Rows that try the edges of the rules, added to the sample's tables. DuckDB.

insert into "AIM"."aim-vehiclemapping" by name
select * from (values
    ('odd mercedes-benz C-Class', 'Mercedes-Benz', 'C-Class', 'P1', 'Car', 'S1'),
    -- The same key twice, with other names.
    ('ODDMERCEDESBENZCCLASS', 'Mercedes Benz', 'C Class', 'P0', 'Car', 'S2'),
    ('oddseatleon', 'seat', 'leon', null, null, null),
    ('oddalfa', 'Alfa  Romeo', E'Giulia\tTi', 'P', 'Car', 'S'),
    ('oddhalf', 'Half', null, 'P', 'Car', 'S'),
    (null, 'No', 'Key', 'P', 'Car', 'S'),
    ('--', 'Empty', 'Key', 'P', 'Car', 'S')
) as odd(vehicle, "CarMake", "CarModel", "Pod", "Category", "Segment");

insert into "AIM"."aim-catalogue" by name
select * from (values
    ('91000001', 'Michelin', 'Pilot', 'AO'),
    ('91000001', 'Avon', null, 'MO'),
    ('91000002', null, 'No Maker', ''),
    (' 91000003 ', 'Blank', 'Around', null),
    ('9.1e7', 'No', 'Number', 'XX'),
    (null, 'No', 'Id', 'XX')
) as odd("Product_ID", "Manufacturer", "Model_Name", "OE");

insert into "AIM"."aim-manual-cams" by name
select unnest([
    'ODD', null, '', 'MERCEDES-BENZ C-CLASS 225 40 18', 'Seat Leon 205 55 16', 'alfaromeogiuliati2254018'
]) as "CAM";

insert into "Reference_Tables"."Product_catalogue_with_price" by name
select * from (values (91000001, 'Michelin'), (91000001, 'Avon'), (91000002, null), (91000003, 'Blank'))
    as odd("SKU", "Brand");

insert into "Reference_Tables"."Product_catalogue" by name
select * from (values
    ('91000001', 'RunFlat'), ('91000001', 'no'), ('91000002', null), ('91000003', ' runflat'), (null, 'runflat')
) as odd("SKU", run_flat);

insert into nexus_tyrescore."tyrescore-influence" by name
select * from (values
    ('OddMercedesC', 'One', 90.0, 0.0, 97.77, null, 100.0),
    ('ODDMERCEDESC', 'Two', 10.0, 0.5, 1.0, 2.0, null),
    ('ODD MERCEDES C', 'Blanks', 1.0, 1.0, 1.0, 1.0, 1.0),
    (null, 'None', 1.0, 1.0, 1.0, 1.0, 1.0)
) as odd("Vehicle", "Segment", "PRICE_pct", "GRADE_pct", "FUEL_pct", "WET_GRIP_pct", "AWARD_SCORE_pct");

insert into nexus_tyrescore."TyreScore" by name
select
    id as "ProductId", grade as "Grade", size as "Size", 'Odd' as "Manufacturer", 'Tyre' as "Model", wet as "WetGrip",
    'C' as "Fuel", noise as "Noise", price as "Price", p7 as "PrevPrice7", p28 as "PrevPrice28",
    'Summer' as "Season", 'NORMAL' as "Offer", oe as "OE", award as "AwardScore"
from (values
    (91000001, 'Premium', '225/40ZR18 Y', 'A', '69-A', 100.0, 100.0, 100.0, 'Yes', 'Award'),
    (91000001, 'Premium', '225/40ZR18 Y', 'A', '69-A', 110.0, 100.0, 100.0, 'Yes', 'Award'),
    (91000001, 'Premium', '225/40ZR19 Y', 'A', '69-A', 110.01, 100.0, 100.0, 'Yes', 'Award'),
    (91000002, 'Budget', '205/55 R16 V', 'B', '71-2', 80.0, 0.0, 80.0, 'No', null),
    (91000003, 'MidRange', '205/55R16', null, '70-B', 70.0, null, 70.0, 'No', 'No'),
    (91000004, 'Premium+', '31x10.50 R15', 'F', null, null, 0.0, 0.0, null, 'award'),
    (91000005, null, '205/5', 'E', '73-C', 1.125, 1.0, 1.0, 'yes', 'No'),
    (91000006, 'Budget', null, 'C', '-A', 50.0, -50.0, 50.0, 'No', 'No')
) as odd(id, grade, size, wet, noise, price, p7, p28, oe, award);

insert into nexus_tyrescore."CarMakeModelSales" by name
select * from (values
    ('91000001', 'odd mercedes', ' c ', '3', '10', '99.995'),
    ('91000001', 'ODD MERCEDES', ' C', '2', '5', '80.01'),
    ('91000001', 'ODDMERCEDES', 'C', '1', '1', 'dear'),
    ('91000002', 'ODD MERCEDES', ' C', 'x', '4', '80'),
    ('91000002', 'ODD', null, '1', '2', '0'),
    ('91000003', 'ODD MERCEDES', ' C', ' 7 ', '0x10', '1e2'),
    ('91000004', 'JEEP', 'X', '1', '2.5', '200'),
    ('91000005', 'JEEP', 'X', null, '-3', '200'),
    ('91000006', 'JEEP', 'X', '5e1', '4', ''),
    ('91000099', 'JEEP', 'X', '1', '4', '100')
) as odd("ProductId", "CarMake", "CarModel", "Orders", "Units", "AvgPrice");

insert into "AIM"."AIMData" by name
select * from (values
    ('ODDMERCEDES-BENZC-CLASS', '225/40 ZR18', '91000001', '91000002', '91000003', '91000001', '91000004'),
    ('ODD ALFA', '225/40 R18', null, '91000003', '-', 'Error', '5e7'),
    ('ODDSEATLEON', '205/55 R16', '0', ' 91000001 ', '0x1F', '50000003.0', '1_000'),
    ('ODD SEAT LEON', '205/55 R16', '91000002', '+7', '-9', '9223372036854775808', '1234567'),
    ('ODDHALF', '205/55 R16', '91000001', '', '--5', '12.6', '0x'),
    ('ODDKITCAR', '205/55 R16', '11111111', '22222222', '33333333', '44444444', '55555555'),
    ('ODDHOTROD', '205/55 R16', '11111111', '22222222', '33333333', '66666666', '77777777'),
    ('ODDSEATLEON', '205/55R16', '91000001', '1', '2', '3', '4'),
    ('ODDSEATLEON', '215/75 R17.5', '91000001', '1', '2', '3', '4'),
    ('ODDSEATLEON', '2/1/4 R16', '91000001', '1', '2', '3', '4'),
    ('ODDSEATLEON', 'MT90/0 R16', '91000001', '1', '2', '3', '4'),
    ('ODDSEATLEON', null, '91000001', '1', '2', '3', '4'),
    (null, '205/55 R16', '91000001', '1', '2', '3', '4'),
    ('--', '205/55 R16', '91000001', '1', '2', '3', '4')
) as odd("Vehicle", "Size", "HB1", "HB2", "HB3", "HB4", "SKU16");

-- Rows that are merged into: older, without a time, newer, of a vehicle that nobody asks for.
insert into "CAM_files"."CAM_SKU" by name
select
    make as "Make", model as "Model", width as "Width", profile as "Profile", rim as "Rim",
    'O1' as "SKU1", 'O6' as "SKU6", 'O24' as "SKU24", modified::timestamptz as last_modified
from (values
    (' Seat', 'LEON ', '205 ', '55', '16', '2025-01-01 00:00:00+00'),
    ('seat', 'leon', '225', '40', ' 18', null),
    ('Seat', 'Leon', '195', '65', '15', '2030-01-01 00:00:00+00'),
    ('Nobody', 'Asks', '205', '55', '16', '2025-01-01 00:00:00+00')
) as odd(make, model, width, profile, rim, modified);

-- The click-stream of a day that is reported, and of one whose figures are known to be wrong.
create temp macro odd_item(id, list, place, shown, price, quantity, code) as {
    'item_id': id::varchar, 'item_list_id': list::varchar, 'item_list_index': place::varchar,
    'item_category5': shown::varchar, 'item_brand': 'Odd'::varchar, 'item_category': null::varchar,
    'item_variant': 'V'::varchar, 'price': price::double, 'quantity': quantity::bigint,
    'item_params': [
        {'key': 'item_category7', 'value': {'string_value': 'CMM'}},
        {'key': 'item_category8', 'value': {'string_value': code::varchar}}
    ]
};

create temp macro odd_event(day, second, event, visitor, account, land, page, txn, items) as table
select
    strftime(day, '%Y%m%d') as event_date,
    epoch_us(day) + second * 1000000 as event_timestamp,
    event as event_name,
    visitor::varchar as user_pseudo_id,
    account::varchar as user_id,
    {'country': land::varchar} as geo,
    [
        {'key': 'page_location', 'value': {'string_value': page::varchar}},
        {'key': 'transaction_id', 'value': {'string_value': txn::varchar}}
    ] as event_params,
    items as items;

insert into analytics.events_20251112 by name
from odd_event(date '2025-11-12', 100, 'view_item_list', 'odd1', null, 'United Kingdom', 'https://x/tyres', null, [
    odd_item('91000001', '225-40-18', '7', 'Odd Mercedes-Benz C-Class', null, null, 'psucmm-aim'),
    odd_item('91000001', '225-40-18', '200', 'Odd Mercedes C', null, null, 'SUCMM-AIM-1'),
    odd_item('91000001', 'no digits', '4', 'Odd Mercedes C', null, null, 'XUCMM-NONCAM'),
    odd_item('91000002', '205-55-16', '99', ' no vrm search ', null, null, null),
    odd_item('91000003', null, '(not set)', null, null, null, 'PCMM'),
    odd_item('91000004', '205-55-16', 'abc', 'Odd', null, null, 'a-AIM'),
    odd_item('91000005', '205-55-16', '2.0', 'Odd', null, null, 'XSUCMM'),
    odd_item('91000006', '205-55-16', ' 3 ', 'Odd', null, null, 'PXUCMM'),
    odd_item('91000007', '205-55-16', null, 'Odd', null, null, 'PSCMM-AIM'),
    odd_item('(not set)', '205-55-16', '1', 'Odd', null, null, 'SCMM'),
    odd_item(null, '205-55-16', '1', 'Odd', null, null, 'CMM')
])
union all by name
from odd_event(date '2025-11-12', 200, 'view_item_list', 'odd1', 'account', 'United Kingdom', 'https://x/Truck-tyres', null, [
    odd_item('91000001', '225/40/18', '1', 'ODD MERCEDES C', null, null, 'UCMM'),
    odd_item('91000001', '225/40/18', '1', 'ODD MERCEDES C', null, null, 'UCMM')
])
union all by name
from odd_event(date '2025-11-12', 300, 'view_item_list', 'odd1', null, 'United Kingdom', 'https://x/truck-tyres', null, [
    odd_item('91000001', '225-40-18', '1', 'Odd', null, null, null)
])
union all by name
from odd_event(date '2025-11-12', 300, 'view_item_list', 'odd1', null, 'Ireland', 'https://x/tyres', null, [
    odd_item('91000001', '225-40-18', '1', 'Odd', null, null, null)
])
union all by name
from odd_event(date '2025-11-12', 300, 'view_item_list', null, null, 'United Kingdom', 'https://x/tyres', null, [
    odd_item('91000001', '225-40-18', '1', 'Odd', null, null, null)
])
union all by name
from odd_event(date '2025-11-12', 300, 'view_item_list', 'odd1', null, 'United Kingdom', null, null, [
    odd_item('91000001', '225-40-18', '1', 'Odd', null, null, null)
])
union all by name
-- In the moment of a view, after it with two lines, without a number, and before every view.
from odd_event(date '2025-11-12', 100, 'purchase', 'odd1', null, 'United Kingdom', null, 't1', [
    odd_item('91000001', null, null, null, 99.5, 4, null), odd_item('91000002', null, null, null, null, 4, null)
])
union all by name
from odd_event(date '2025-11-12', 400, 'purchase', 'odd1', null, 'United Kingdom', null, 't2', [
    odd_item('91000001', null, null, null, 90.0, null, null), odd_item('91000001', null, null, null, 100.0, 2, null),
    odd_item('91000001', null, null, null, 100.0, 2, null), odd_item(null, null, null, null, 1.0, 1, null)
])
union all by name
from odd_event(date '2025-11-13', 100, 'purchase', 'odd1', null, 'United Kingdom', null, null, [
    odd_item('91000001', null, null, null, 0.1, 3, null), odd_item('91000001', null, null, null, 0.2, 1, null)
])
union all by name
from odd_event(date '2025-11-12', 50, 'purchase', 'odd1', null, 'United Kingdom', null, 't3', [
    odd_item('91000001', null, null, null, 1000.0, 10, null)
]);

insert into analytics.events_20251105 by name
from odd_event(date '2025-11-05', 100, 'view_item_list', 'odd2', null, 'United Kingdom', 'https://x/tyres', null, [
    odd_item('91000001', '225-40-18', '2', 'Odd Seat Leon', null, null, 'CMM')
])
union all by name
from odd_event(date '2025-11-05', 200, 'purchase', 'odd2', null, 'United Kingdom', null, 't4', [
    odd_item('91000001', null, null, null, 99.5, 4, null)
]);
