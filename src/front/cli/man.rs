//! `nodedown man`: the manual pages.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::{Arguments, Ending, Failure};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown man > nodedown.1 && man ./nodedown.1
  nodedown man ~/.local/share/man/man1    # then: man nodedown-run")]
pub(super) struct ManArguments {
    /// Folder to write to, made if it is not there: `nodedown.1` and a page for each command
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn man(arguments: &ManArguments) -> Result<Ending, Failure> {
    let pages = pages()?;
    let mut out = anstream::stdout().lock();
    let Some(folder) = &arguments.folder else {
        out.write_all(&pages[0].1)?;
        return Ok(Ending::Pass);
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        |error| Failure::Create { path, error }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    for (name, text) in pages {
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, text).map_err(failed(&path))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(Ending::Pass)
}

/// The names of the pages and their text: first that of the program, then those of its commands.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut all = Arguments::command().disable_help_subcommand(true);
    all.build();
    let own = all.get_subcommands().map(|command| {
        let name = format!("nodedown-{}", command.get_name());
        page(command.clone().display_name(name.clone()), name)
    });
    let own: Vec<_> = own.collect();
    std::iter::once(page(all, "nodedown".to_owned())).chain(own).collect()
}

fn page(command: Command, name: String) -> io::Result<(String, Vec<u8>)> {
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    Ok((name, text))
}
