//! The texts of lessons: their sections, and the way to HTML.

use pulldown_cmark::{Event, Options, Parser, Tag, html};

/// The text of a section of a lesson, without its heading.
#[must_use]
pub fn section<'t>(text: &'t str, heading: &str) -> Option<&'t str> {
    let start = text.match_indices("## ").find_map(|(place, _)| {
        let is_line = place == 0 || text[..place].ends_with('\n');
        let line = text[place + 3..].lines().next()?;
        (is_line && line.trim() == heading).then_some(place + 3 + line.len())
    })?;
    let rest = &text[start..];
    let end = rest.find("\n## ").unwrap_or(rest.len());
    Some(rest[..end].trim())
}

/// A text in Markdown as HTML. HTML in it is shown as it is written, and links lead nowhere but to web
/// pages and to files beside it.
#[must_use]
pub fn prose_html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if is_safe(&dest_url) { dest_url } else { "#".into() };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: link(&dest_url).into(), title, id })
        }
        Event::End(pulldown_cmark::TagEnd::Image) => Event::End(pulldown_cmark::TagEnd::Link),
        other => other,
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

fn link(url: &str) -> String {
    if is_safe(url) { url.to_owned() } else { "#".to_owned() }
}

/// True if a link leads to a web page, or to a file beside the page.
fn is_safe(url: &str) -> bool {
    let scheme = url.split(['/', '?', '#']).next().unwrap_or_default().contains(':');
    !scheme || url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let text = "# Title\n\n## Question\n\nCan it?\n\n## Do\n\nRun it.\n";
        assert_eq!(section(text, "Question"), Some("Can it?"));
        assert_eq!(section(text, "Do"), Some("Run it."));
        assert_eq!(section(text, "Look"), None);
    }

    #[test]
    fn what_is_written_cannot_become_a_script() {
        let text = "A <script>alert(1)</script> and <b onclick=x>b</b>, [x](javascript:alert(1)), [y](https://e.org), [z](JaVaScript:x)";
        let html = prose_html(text);
        assert!(
            !html.contains("<script")
                && !html.contains("<b ")
                && !html.to_lowercase().contains("href=\"javascript"),
            "{html}"
        );
        assert!(
            html.contains("href=\"https://e.org\"") && html.contains("&lt;script&gt;"),
            "{html}"
        );
    }
}
