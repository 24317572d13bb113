//! A pool of workers on several nodes: each joins a group, a client spreads jobs over the members,
//! and when a node dies its workers vanish from the group and their jobs are handed out again.
//!
//! `cargo run --example worker_pool`

use nodedown::prelude::*;

/// A worker squares numbers, each in 100 ms of virtual time.
struct Worker;

impl GenServer for Worker {
    type Call = i64;
    type Cast = Term;
    type Reply = i64;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Caller,
        number: i64,
    ) -> Result<Reply<i64>, Exit> {
        ctx.work(Duration::from_millis(100)).await;
        Ok(Reply::now(number * number))
    }
}

/// The scope and the group. A scope is a process on each node that takes part.
const SCOPE: &str = "pool";
const GROUP: &str = "workers";

/// Starts two workers, and has them join the group. There is no lock and no leader in `pg`: each
/// node tells the others who its own members are.
async fn start_workers(ctx: Context) -> ExitResult {
    let scope = Atom::new(SCOPE);
    let _ = pg::start(&ctx, scope);
    for _ in 0..2 {
        let options = gen_server::Options::new("worker");
        let init = |_| async { Ok(Init::Ok(Worker)) };
        let worker = gen_server::start(&ctx, options, init).await.map_err(Exit::exit)?;
        pg::join(&ctx, scope, GROUP, &[worker.expect("a worker")]).await?;
    }
    ctx.log(Level::Info, "two workers have joined");
    Ok(())
}

/// The members of the group, as far as this node knows: a look into its own copy.
fn members(ctx: &Context) -> Vec<Pid> {
    let members = pg::get_members(ctx, Atom::new(SCOPE), &Term::from(GROUP));
    ctx.log(Level::Info, format!("the group has {} members", members.len()));
    members
}

/// Spreads the jobs over the members and collects the results, in the order of the jobs. Jobs whose
/// worker was lost are handed out again, to those that are left.
async fn work_off(ctx: &Context, jobs: &[i64]) -> Result<Vec<i64>, Exit> {
    let mut results = vec![None; jobs.len()];
    while results.contains(&None) {
        let members = members(ctx);
        let open: Vec<usize> = (0..jobs.len()).filter(|job| results[*job].is_none()).collect();
        // All requests are on their way before the first answer is waited for.
        let hand_out =
            |(job, worker): (usize, &Pid)| (job, gen_server::send_request(ctx, *worker, jobs[job]));
        let asked: Vec<_> =
            open.iter().copied().zip(members.iter().cycle()).map(hand_out).collect();
        for (job, request) in asked {
            match gen_server::receive_response(ctx, &request, None).await {
                gen_server::Response::Reply(result) => results[job] = Some(from_term(&result)?),
                lost => ctx.log(Level::Info, format!("job {job} is lost: {}", why(&lost))),
            }
        }
    }
    ctx.log(Level::Info, format!("all {} jobs are done", jobs.len()));
    Ok(results.into_iter().flatten().collect())
}

/// Why there is no answer.
fn why(response: &gen_server::Response) -> String {
    match response {
        gen_server::Response::Error { reason, .. } => reason.to_string(),
        gen_server::Response::Reply(_) | gen_server::Response::Timeout => "no answer".to_owned(),
    }
}

/// Runs the world: what happened in it, in virtual time. The same in each run.
pub(crate) fn story() -> Result<String, Exit> {
    let world = World::new(WorldConfig::default());
    let [desk, b, c] = kernel::start_nodes(&world, ["a@desk", "b@rack", "c@rack"]);
    for node in [b, c] {
        world.run(node, start_workers)?;
    }
    // A node sees the members of the nodes that it is connected to, once it has the scope.
    world.run(desk, |ctx| async move {
        let _ = pg::start(&ctx, Atom::new(SCOPE));
        assert!(ctx.ping(Atom::new("b@rack")).await && ctx.ping(Atom::new("c@rack")).await);
        ctx.sleep(Duration::from_secs(1)).await;
        Ok(())
    })?;

    // Twelve jobs of 100 ms for four workers: 300 ms.
    let begun = world.now();
    let jobs: Vec<i64> = (1..=12).collect();
    let squares: Vec<i64> = jobs.iter().map(|number| number * number).collect();
    let todo = jobs.clone();
    let results = world.run(desk, |ctx| async move { work_off(&ctx, &todo).await })?;
    assert_eq!(results, squares);
    assert!(world.now().since(begun) < Duration::from_millis(310));

    // The same again. This time a node dies after 150 ms, in the middle of the work.
    world.spawn(c, "killer", |ctx| async move {
        ctx.sleep(Duration::from_millis(150)).await;
        ctx.halt();
        Ok(())
    });
    let results = world.run(desk, |ctx| async move { work_off(&ctx, &jobs).await })?;
    assert_eq!(results, squares);
    let left = world.run(desk, |ctx| async move { Ok(members(&ctx)) })?;
    assert!(left.len() == 2 && left.iter().all(|pid| pid.node() == Atom::new("b@rack")));
    Ok(world.take_trace().log_text())
}

fn main() -> Result<(), Exit> {
    print!("{}", story()?);
    Ok(())
}
