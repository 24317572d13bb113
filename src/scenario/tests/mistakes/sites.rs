//! Mistakes about sites, and about users that are tied to theirs.

use super::check;

#[test]
fn sites_have_names_of_their_own() {
    check(
        r#""rack-a": {}, "rack-b": {}"#,
        &[
            (
                r#""rack-a": { "site": "office" }, "rack-b": {}"#,
                &[r"5:34 `office` is the name of a host, too | give the site another name"],
            ),
            (
                r#""rack-a": { "site": "db1@a" }, "rack-b": {}"#,
                &[r"5:34 `db1@a` is the name of a node, too | give the site another name"],
            ),
            (
                r#""rack-a": { "site": 7 }, "rack-b": {}"#,
                &[r#"5:34 expected a name, found the number 7 | write it in quotes: "7""#],
            ),
            (
                r#""rack-a": { "sit": "east" }, "rack-b": {}"#,
                &[r"5:26 unknown field `sit` | did you mean `site`?"],
            ),
        ],
    );
}

#[test]
fn faults_of_sites_name_one() {
    check(
        r#"{ "at": "20s", "crash": "db1@a""#,
        &[
            (
                r#"{ "at": "20s", "crash_site": "east""#,
                &[r"37:34 unknown site `east` | there are no sites"],
            ),
            (
                r#"{ "at": "20s", "crash_site": "rack-a""#,
                &[r"37:34 unknown site `rack-a` | `rack-a` is a host; there are no sites"],
            ),
            (
                r#"{ "at": "20s", "isolate": "rack-c" }, { "at": "20s", "crash": "db1@a""#,
                &[r"37:31 unknown node, host or site `rack-c` | did you mean `rack-a`?"],
            ),
            (
                r#"{ "at": "20s", "isolate": ["rack-a", "rack-b", "office"] }, { "at": "20s", "crash": "db1@a""#,
                &[r"37:31 no other node is left to be cut off from | name fewer nodes"],
            ),
            (
                r#"{ "at": "20s", "slow_path": ["rack-a", "ofice"], "latency": "1s" }, { "at": "20s", "crash": "db1@a""#,
                &[r"37:44 unknown host or site `ofice` | did you mean `office`?"],
            ),
        ],
    );
}

#[test]
fn users_that_keep_to_their_site_have_one() {
    check(
        r#""count": 20"#,
        &[
            (
                r#""count": 20, "affinity": "only_site""#,
                &[
                    r#"28:32 `user@o` is on host `office`, which has no site | write `"site": ...` of host `office`, or another affinity"#,
                ],
            ),
            (
                r#""count": 20, "affinity": "prefer_sit""#,
                &[r"28:32 unknown affinity `prefer_sit` | did you mean `prefer_site`?"],
            ),
            (r#""count": 20, "affinity": "only_host""#, &[]),
        ],
    );
}

#[test]
fn chaos_of_places_needs_places() {
    check(
        r#""faults": ["#,
        &[
            (
                r#""chaos": { "kinds": { "crash_site": 1 } }, "faults": ["#,
                &[
                    r"35:25 warning: `crash_site` never strikes: no site has nodes of the chaos only, and no more than the budget | leave it out",
                ],
            ),
            (
                r#""chaos": { "kinds": { "partition": { "shapes": ["isolate_site"] } } }, "faults": ["#,
                &[
                    r"35:25 warning: `partition` never strikes: no host or site can be cut off that has no more nodes than the budget | leave it out",
                ],
            ),
            (
                r#""chaos": { "kinds": { "partition": { "shapes": ["isolate_sites"] } } }, "faults": ["#,
                &[r"35:51 unknown shapes `isolate_sites` | did you mean `isolate_site`?"],
            ),
        ],
    );
}

#[test]
fn the_kernel_of_a_host_is_a_release_of_linux() {
    let expected = r#"expected the release of a Linux kernel, as `uname -r` prints it: "5.15", "6.8.0-45-generic""#;
    check(
        r#""rack-a": {}, "rack-b": {}"#,
        &[
            (
                r#""rack-a": { "kernel": "new" }, "rack-b": {}"#,
                &[&format!(r#"5:36 the text "new" is not the release of a kernel | {expected}"#)],
            ),
            (
                r#""rack-a": { "kernel": 5.15 }, "rack-b": {}"#,
                &[
                    r#"5:36 expected the release of a kernel, found the number 5.15 | write it in quotes: "5.15""#,
                ],
            ),
            (
                r#""rack-a": { "kernl": "5.15" }, "rack-b": {}"#,
                &[r"5:26 unknown field `kernl` | did you mean `kernel`?"],
            ),
        ],
    );
}
