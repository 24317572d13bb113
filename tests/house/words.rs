//! Documentation in plain English: a sentence says what a thing is, not that it is about a question.

use std::fs;
use std::path::Path;

use super::terms::rust_files;

/// The words that a sentence of documentation does not begin with.
const QUESTIONS: [&str; 9] =
    ["What", "How", "Whether", "Who", "Whom", "Whose", "Where", "Which", "Why"];

/// The lines of documentation that a sentence may begin with, each with its number: the first of
/// a block, one after an empty line, and one after a line that ends a sentence.
fn beginnings(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut is_new, mut is_code) = (true, false);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let Some(words) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            (is_new, is_code) = (true, false);
            continue;
        };
        let words = words.trim_start();
        if words.starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            if is_new && !words.is_empty() {
                found.push((number + 1, words));
            }
            is_new = words.is_empty() || words.ends_with(['.', ':', '?']);
        }
    }
    found
}

/// True if a sentence begins like a question and is none.
fn is_indirect_question(sentence: &str) -> bool {
    let first = sentence.split([' ', ',', '.']).next().unwrap_or_default();
    QUESTIONS.contains(&first) && !sentence.contains('?')
}

#[test]
fn no_sentence_of_documentation_is_an_indirect_question() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let (mut looked_at, mut wrong) = (0, Vec::new());
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        for (number, sentence) in beginnings(&text) {
            looked_at += 1;
            if is_indirect_question(sentence) {
                wrong.push(format!("{}:{number}: {sentence}", file.display()));
            }
        }
    }
    assert!(looked_at > 9_000, "{looked_at} sentences");
    assert!(wrong.is_empty(), "say what it is, with a noun: {wrong:#?}");
}

#[test]
fn an_indirect_question_is_found() {
    let text = "//! What it is.\n\n/// A file.\n/// How it is read.\n/// It has parts,\n\
                /// which are read.\n///\n/// ```\n/// // Whether it works.\n/// ```\n/// Why not?\nx\n\
                /// Whom: somebody.";
    let found = beginnings(text).into_iter().filter(|(_, it)| is_indirect_question(it));
    assert_eq!(found.map(|(number, _)| number).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(beginnings(text).len(), 6);
}
