//! The examples tell the story that they are meant to tell, and the same one each time.

use nodedown::runtime::Exit;

#[path = "../examples/global_singleton.rs"]
#[expect(dead_code, reason = "the function `main` of the example")]
mod global_singleton;
#[path = "../examples/supervised_counter.rs"]
#[expect(dead_code, reason = "the function `main` of the example")]
mod supervised_counter;
#[path = "../examples/worker_pool.rs"]
#[expect(dead_code, reason = "the function `main` of the example")]
mod worker_pool;

fn check(name: &str, story: fn() -> Result<String, Exit>) {
    // The path of an example as the compiler sees it from here.
    let tell = || story().unwrap().replace("tests/house/../examples", "tests/examples");
    let told = tell();
    assert_eq!(tell(), told, "{name}: the same run again");
    insta::assert_snapshot!(name, told);
}

#[test]
fn the_supervised_counter_comes_back_and_its_supervisor_gives_up_in_the_end() {
    check("supervised_counter", supervised_counter::story);
}

#[test]
fn the_singleton_moves_to_another_node_and_its_client_goes_on() {
    check("global_singleton", global_singleton::story);
}

#[test]
fn the_pool_loses_a_node_but_no_job() {
    check("worker_pool", worker_pool::story);
}
