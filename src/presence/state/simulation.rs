//! Several replicas on a bad network, step by step from a seed.

use std::collections::{BTreeMap, BTreeSet};

use super::tests::{changes, owned, replica, state, view};
use super::{Delta, Diff, Owner, Replica, State, TrackError};

/// Replicas whose messages are lost, repeated and reordered, and who lose sight of each other.
/// After each step what the diffs tell must be what is visible, and nothing may come back that
/// left; in the end, once all have heard of all, everyone must see what everyone tracks.
#[test]
fn replicas_converge_whatever_the_network_does() {
    for seed in 1..=300 {
        let mut world = World::new(seed);
        for _ in 0..400 {
            world.step();
        }
        world.heal();
    }
}

const REPLICAS: usize = 4;

struct World {
    seed: u64,
    random: u64,
    nodes: Vec<Node>,
    /// Messages on the way: receiver and content.
    network: Vec<(usize, Delta<u32>)>,
    /// Every meta is used once, so that it names its element.
    metas: u32,
}

struct Node {
    state: State<u32>,
    /// What the diffs so far add up to.
    told: BTreeSet<(String, String, u32)>,
    /// Metas that were merged away, by the replica that removed them: they must not come back.
    removed: BTreeMap<u32, usize>,
    /// What this node itself tracks.
    tracked: BTreeSet<(Owner, String, String, u32)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let node = |index| Node {
            state: state(name(index)),
            told: BTreeSet::new(),
            removed: BTreeMap::new(),
            tracked: BTreeSet::new(),
        };
        Self {
            seed,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            nodes: (0..REPLICAS).map(node).collect(),
            network: Vec::new(),
            metas: 0,
        }
    }

    fn step(&mut self) {
        let node = self.below(REPLICAS);
        match self.below(100) {
            0..30 => self.track(node),
            30..45 => self.untrack(node),
            45..50 => self.untrack_all(node),
            50..65 => self.publish(node),
            65..90 => self.deliver(),
            90..94 => self.transfer(node),
            94..96 => self.appear(node),
            96..99 => self.disappear(node, false),
            _ => self.disappear(node, true),
        }
        self.check(node);
    }

    fn track(&mut self, node: usize) {
        let (owner, topic, key) = self.identity();
        self.metas += 1;
        let meta = self.metas;
        let node = &mut self.nodes[node];
        let joined = node.state.join(owner, topic.into(), key.into(), meta);
        if joined == Err(TrackError::AlreadyTracked) {
            let former = node.state.update(owner, &topic.into(), &key.into(), meta);
            let former = former.expect("it is tracked already");
            node.tracked
                .remove(&(owner, topic.into(), key.into(), former));
            node.told.remove(&(topic.into(), key.into(), former));
        }
        node.tracked.insert((owner, topic.into(), key.into(), meta));
        node.told.insert(owned((topic, key, meta)));
    }

    fn untrack(&mut self, node: usize) {
        let (owner, topic, key) = self.identity();
        let node = &mut self.nodes[node];
        if let Some(meta) = node.state.leave(owner, &topic.into(), &key.into()) {
            assert!(
                node.tracked
                    .remove(&(owner, topic.into(), key.into(), meta)),
                "seed {}",
                self.seed
            );
            node.told.remove(&owned((topic, key, meta)));
        }
    }

    fn untrack_all(&mut self, node: usize) {
        let (owner, ..) = self.identity();
        self.nodes[node]
            .tracked
            .retain(|(other, ..)| *other != owner);
        let diff = self.nodes[node].state.leave_all(owner);
        self.tell(node, diff);
    }

    fn publish(&mut self, node: usize) {
        let delta = self.nodes[node].state.take_delta();
        for receiver in (0..REPLICAS).filter(|receiver| *receiver != node) {
            for _ in 0..[0, 1, 1, 1, 2][self.below(5)] {
                self.network.push((receiver, delta.clone()));
            }
        }
    }

    fn deliver(&mut self) {
        if self.network.is_empty() {
            return;
        }
        let at = self.below(self.network.len());
        let (receiver, delta) = self.network.swap_remove(at);
        self.merge(receiver, delta);
    }

    /// Asks with what is known now; the answer takes its time.
    fn transfer(&mut self, node: usize) {
        let asked = self.below(REPLICAS);
        let answer = self.nodes[asked]
            .state
            .extract(&self.nodes[node].state.context());
        self.network.push((node, answer));
    }

    fn appear(&mut self, node: usize) {
        let other = replica(name(self.below(REPLICAS)));
        let diff = self.nodes[node].state.replica_up(&other).unwrap();
        self.tell(node, diff);
    }

    fn disappear(&mut self, node: usize, for_good: bool) {
        let other = self.below(REPLICAS);
        let state = &mut self.nodes[node].state;
        let diff = if for_good && other != node {
            let diff = state.replica_permdown(&replica(name(other)));
            // Forgotten with all the rest: the replica starts from nothing.
            self.nodes[node]
                .removed
                .retain(|_, remover| *remover != other);
            diff
        } else {
            state.replica_down(&replica(name(other)))
        };
        self.tell(node, diff);
    }

    fn merge(&mut self, node: usize, delta: Delta<u32>) {
        let owners: BTreeMap<u32, usize> = (delta.iter())
            .flat_map(|(replica, delta)| {
                delta
                    .elements
                    .values()
                    .map(move |element| (element.meta, replica))
            })
            .map(|(meta, replica)| {
                (
                    meta,
                    (0..REPLICAS)
                        .find(|index| name(*index) == replica.name())
                        .unwrap(),
                )
            })
            .collect();
        let before = self.known(node);
        let diff = self.nodes[node].state.merge(delta).unwrap();
        let after = self.known(node);
        for (meta, owner) in before.iter().filter(|(meta, _)| !after.contains_key(meta)) {
            self.nodes[node].removed.insert(*meta, *owner);
        }
        for meta in owners.keys().filter(|meta| after.contains_key(meta)) {
            let removed = self.nodes[node].removed.contains_key(meta);
            assert!(!removed, "seed {}: {meta} came back", self.seed);
        }
        self.tell(node, diff);
    }

    /// All elements a node has of others, hidden ones included, with their replica.
    fn known(&self, node: usize) -> BTreeMap<u32, usize> {
        let others = &self.nodes[node].state.others;
        let index = |replica: &Replica| (0..REPLICAS).find(|index| name(*index) == replica.name());
        (others.iter())
            .flat_map(|(replica, record)| {
                record
                    .elements
                    .values()
                    .map(move |element| (element.meta, replica))
            })
            .map(|(meta, replica)| (meta, index(replica).unwrap()))
            .collect()
    }

    fn tell(&mut self, node: usize, diff: Diff<u32>) {
        let (joins, leaves) = changes(diff);
        let told = &mut self.nodes[node].told;
        for join in joins {
            assert!(told.insert(join), "seed {}: joined twice", self.seed);
        }
        for leave in leaves {
            assert!(
                told.remove(&leave),
                "seed {}: left without having joined",
                self.seed
            );
        }
    }

    fn check(&self, node: usize) {
        let node = &self.nodes[node];
        assert_eq!(view(&node.state), node.told, "seed {}", self.seed);
    }

    /// Everyone comes up and asks everyone, twice around so that nothing is second-hand only.
    fn heal(&mut self) {
        while !self.network.is_empty() {
            self.deliver();
        }
        for node in 0..REPLICAS {
            for other in 0..REPLICAS {
                let diff = self.nodes[node]
                    .state
                    .replica_up(&replica(name(other)))
                    .unwrap();
                self.tell(node, diff);
                let answer = self.nodes[other]
                    .state
                    .extract(&self.nodes[node].state.context());
                self.merge(node, answer);
            }
        }
        let tracked = self.nodes.iter().flat_map(|node| &node.tracked);
        let truth: BTreeSet<_> = tracked
            .map(|(_, topic, key, meta)| owned((topic, key, *meta)))
            .collect();
        for node in 0..REPLICAS {
            self.check(node);
            assert_eq!(self.nodes[node].told, truth, "seed {}", self.seed);
            assert_eq!(
                self.nodes[node].state.len(),
                truth.len(),
                "seed {}",
                self.seed
            );
        }
    }

    fn identity(&mut self) -> (Owner, &'static str, &'static str) {
        let topic = ["room", "attic", "cellar"][self.below(3)];
        let key = ["ada", "bob"][self.below(2)];
        (Owner(self.below(3) as u64), topic, key)
    }

    /// Marsaglia's xorshift: the same walk for the same seed on every machine.
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 33) as usize % end
    }
}

fn name(index: usize) -> &'static str {
    ["a", "b", "c", "d"][index]
}
