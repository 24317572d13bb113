//! The order of the nodes from top to bottom.

/// An order of the nodes, from 0, in which few messages cross the lane of a node that they do not
/// concern; the nodes of a host stay together. `traffic[a][b]` is the number of messages between two.
///
/// The order begins as given, and two change places as long as that helps: nodes of a host, or hosts.
/// Of an order and its reverse it is the one that begins with the earlier node.
pub(super) fn order(hosts: &[usize], traffic: &[Vec<u64>]) -> Vec<usize> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (node, host) in hosts.iter().enumerate() {
        match groups.iter_mut().find(|group| hosts[group[0]] == *host) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    let mut best = crossings(&groups, traffic);
    // Each round makes it better, so there are not many.
    for _ in 0..64 {
        let before = best;
        for one in 0..groups.len() {
            for other in one + 1..groups.len() {
                groups.swap(one, other);
                let now = crossings(&groups, traffic);
                if now < best { best = now } else { groups.swap(one, other) }
            }
        }
        for group in 0..groups.len() {
            for one in 0..groups[group].len() {
                for other in one + 1..groups[group].len() {
                    groups[group].swap(one, other);
                    let now = crossings(&groups, traffic);
                    if now < best { best = now } else { groups[group].swap(one, other) }
                }
            }
        }
        if best == before {
            break;
        }
    }
    let mut order = groups.concat();
    if order.last() < order.first() {
        order.reverse();
    }
    order
}

/// The number of times that a message crosses a lane of another node.
fn crossings(groups: &[Vec<usize>], traffic: &[Vec<u64>]) -> u64 {
    let order = groups.concat();
    let mut sum = 0;
    for (place, one) in order.iter().enumerate() {
        for (between, other) in order[place + 1..].iter().enumerate() {
            sum += between as u64 * traffic[*one][*other];
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hosts: &[usize], messages: &[(usize, usize, u64)], expected: &[usize]) {
        let mut traffic = vec![vec![0; hosts.len()]; hosts.len()];
        for (one, other, count) in messages {
            traffic[*one][*other] += count;
            traffic[*other][*one] += count;
        }
        assert_eq!(order(hosts, &traffic), expected);
    }

    #[test]
    fn nodes_that_talk_are_neighbours() {
        check(&[0, 1, 2], &[], &[0, 1, 2]);
        check(&[0, 1, 2], &[(0, 2, 9), (1, 2, 1)], &[0, 2, 1]);
        check(&[0, 1, 2, 3], &[(0, 3, 9), (3, 1, 5), (1, 2, 1)], &[0, 3, 1, 2]);
    }

    #[test]
    fn nodes_of_a_host_stay_together() {
        check(&[0, 1, 0], &[(0, 1, 9), (2, 1, 1)], &[1, 0, 2]);
        check(&[0, 1, 0], &[], &[0, 2, 1]);
    }
}
