//! The marked block in the text of a hosts(5) file. Pure.
//!
//! **Invariant**: a line outside the cloud's own block is never touched, and a block that lost its end (a person's hand, a full
//! disk) reaches only as far as its lines look like ours.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::Names;
use crate::network::names::PUBLIC;

fn first(cloud: &str) -> String {
    format!("# begin tierra {cloud}: written by Tierra, removed when it stops")
}

fn last(cloud: &str) -> String {
    format!("# end tierra {cloud}")
}

/// The names and public address of a line of a block.
fn entry(line: &str) -> Option<(Ipv4Addr, &str)> {
    let (address, name) = line.split_once('\t')?;
    let address = address.parse().ok()?;
    PUBLIC.contains(&address).then_some((address, name))
}

/// The lines of the file, each with whether it belongs to the cloud's block.
fn marked<'a>(text: &'a str, cloud: &str) -> impl Iterator<Item = (bool, &'a str)> {
    let (first, last) = (first(cloud), last(cloud));
    let mut inside = false;
    text.lines().map(move |line| {
        let begins = line == first;
        let ends = inside && line == last;
        inside = begins || (inside && entry(line).is_some());
        (inside || ends, line)
    })
}

/// The names of the cloud's block.
pub fn read(text: &str, cloud: &str) -> Names {
    let mut names = Names::new();
    let entries = marked(text, cloud).filter(|(ours, _)| *ours).filter_map(|(_, line)| entry(line));
    for (address, name) in entries {
        names.entry(name.to_owned()).or_default().insert(address);
    }
    names
}

/// The block that holds these names; nothing for none.
pub fn render(cloud: &str, names: &Names) -> String {
    let mut block = String::new();
    for (name, addresses) in names {
        for address in addresses {
            // Writing to a String cannot fail.
            let _ = writeln!(block, "{address}\t{name}");
        }
    }
    if block.is_empty() {
        return block;
    }
    format!("{}\n{block}{}\n", first(cloud), last(cloud))
}

/// The file's text with the cloud's block holding these names, at its end.
pub fn replaced(text: &str, cloud: &str, names: &Names) -> String {
    let block = render(cloud, names);
    if !text.is_empty() && marked(text, cloud).all(|(ours, _)| !ours) && block.is_empty() {
        return text.to_owned();
    }
    let kept = marked(text, cloud).filter(|(ours, _)| !ours);
    let mut replaced: String = kept.flat_map(|(_, line)| [line, "\n"]).collect();
    replaced.push_str(&block);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(entries: &[(&str, u8)]) -> Names {
        let mut names = Names::new();
        for (name, last) in entries {
            let address = Ipv4Addr::new(127, 100, 0, *last);
            names.entry((*name).to_owned()).or_default().insert(address);
        }
        names
    }

    #[test]
    fn a_block_is_laid_changed_and_taken_away_and_the_rest_stays() {
        let others = "127.0.0.1 localhost\n\n# mine\n127.100.0.9\tkeep.me";
        let both = names(&[("db.rds", 1), ("web.elb", 2), ("web.elb", 3)]);
        let laid = replaced(others, "ta", &both);
        assert!(laid.starts_with(others) && laid.ends_with("# end tierra ta\n"), "{laid}");
        assert_eq!(read(&laid, "ta"), both);
        assert_eq!(replaced(&laid, "ta", &both), laid, "told twice");
        let fewer = names(&[("db.rds", 1)]);
        assert_eq!(read(&replaced(&laid, "ta", &fewer), "ta"), fewer);
        assert_eq!(replaced(&laid, "ta", &Names::new()), format!("{others}\n"));
        assert_eq!(replaced(others, "ta", &Names::new()), others, "untouched to the byte");
    }

    #[test]
    fn two_clouds_have_a_block_each() {
        let (one, other) = (names(&[("a", 1)]), names(&[("b", 2)]));
        let text = replaced(&replaced("", "ta", &one), "tb", &other);
        assert_eq!((read(&text, "ta"), read(&text, "tb")), (one, other.clone()));
        let text = replaced(&text, "ta", &Names::new());
        assert_eq!((read(&text, "ta"), read(&text, "tb")), (Names::new(), other));
    }

    #[test]
    fn a_block_without_its_end_swallows_no_line_of_others() {
        let torn = replaced("", "ta", &names(&[("a", 1)])).replace("# end tierra ta\n", "10.0.0.1 mine\n127.100.0.1\tmine.too\n");
        let text = replaced(&torn, "ta", &Names::new());
        assert_eq!(text, "10.0.0.1 mine\n127.100.0.1\tmine.too\n");
    }
}
