//! Reads the options of a selection out of an HTML page: just enough for pages that machines write.

/// The texts of the options of the first `select` named `name`: trimmed, without empty ones and
/// those that begin with `--`. None if the page has no such selection.
pub(super) fn options(page: &str, name: &str) -> Option<Vec<String>> {
    let mut rest = page;
    loop {
        let (attributes, after) = next_element(rest, "select")?;
        let end = find(after, "</select").unwrap_or(after.len());
        if attribute(attributes, "name").is_some_and(|value| decoded(value) == name) {
            return Some(texts(&after[..end]));
        }
        rest = &after[end..];
    }
}

fn texts(select: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = select;
    while let Some((_, after)) = next_element(rest, "option") {
        // The end tag may be left out: a text ends where any other tag begins.
        let end = after.find('<').unwrap_or(after.len());
        let text = decoded(after[..end].trim());
        if !text.is_empty() && !text.starts_with("--") {
            texts.push(text);
        }
        rest = &after[end..];
    }
    texts
}

/// The attributes of the next element called `tag`, and what follows its start tag.
fn next_element<'a>(html: &'a str, tag: &str) -> Option<(&'a str, &'a str)> {
    let open = format!("<{tag}");
    let mut rest = html;
    loop {
        rest = &rest[find(rest, &open)? + open.len()..];
        // Longer names begin alike: `<optiongroup`.
        if rest.starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace()) {
            let end = tag_end(rest)?;
            return Some((&rest[..end], &rest[end + 1..]));
        }
    }
}

/// Where a start tag ends: at the first `>` outside quotes.
fn tag_end(attributes: &str) -> Option<usize> {
    let mut quote = None;
    attributes.char_indices().find_map(|(at, c)| match (quote, c) {
        (None, '>') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), _) if open == c => {
            quote = None;
            None
        }
        _ => None,
    })
}

/// The value of an attribute, with or without quotes.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while let Some((before, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote)?,
            _ => {
                after.split_at(after.find(|c: char| c.is_ascii_whitespace()).unwrap_or(after.len()))
            }
        };
        let key = before.split_ascii_whitespace().next_back().unwrap_or_default();
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next;
    }
    None
}

/// As `str::find`, ASCII case ignored.
fn find(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Character references replaced by their characters, unknown ones left as they are.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference =
            after.split_once(';').and_then(|(name, next)| Some((character(name)?, next)));
        if let Some((character, next)) = reference {
            out.push(character);
            rest = next;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn the_first_selection_of_that_name_counts() {
        let page = r#"<selection name="segment"><option>No</option></selection>
            <select id='a'><option>Not this</option></select>
            <SELECT class="a>b" NAME = segment ><option value="">-- Select --</option>
            <option value='x' selected> City Car
            <option> </option><optgroup label="p"><OPTION>4X4</OPTION>
            <option>A &amp; B &#39;c&#x27; &lt;d&gt; &unknown; &</option></SELECT>
            <select name="segment"><option>Nor this</option></select>"#;
        let expected = ["City Car", "4X4", "A & B 'c' <d> &unknown; &"];
        assert_eq!(options(page, "segment").unwrap(), expected);
        assert_eq!(options(page, "pod"), None);
    }

    #[test]
    fn broken_pages_are_no_pages() {
        for page in ["", "<select", "<select name=", "<select name=\"segment", "<é select>", "&"] {
            assert_eq!(options(page, "segment"), None, "{page}");
        }
        assert_eq!(options("<select name=segment><option", "segment"), Some(Vec::new()));
        assert_eq!(options("<select name=segment><option>é", "segment").unwrap(), ["é"]);
    }
}
