//! A bounded cache that is never behind the database.
//!
//! Only the writer changes rows, and it tells the cache before it acknowledges ([`Cache::put`]). A reader that found
//! nothing reads the database and fills the cache in; meanwhile the writer may have been there, and what
//! the reader holds may be old. So a miss hands out the shard's stamp, every change raises it, and a fill with an old
//! stamp is dropped.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

const SHARDS: usize = 64;

/// A cache from `K` to `V`.
pub struct Cache<K, V> {
    shards: Vec<Mutex<Shard<K, V>>>,
    hasher: RandomState,
}

struct Shard<K, V> {
    stamp: u64,
    entries: quick_cache::unsync::Cache<K, V>,
}

/// What a miss hands out, to be given back with the value.
#[derive(Clone, Copy, Debug)]
pub struct Stamp(u64);

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// A cache of about `capacity` entries. With none it keeps nothing.
    pub fn new(capacity: usize) -> Self {
        if capacity == 0 {
            return Cache { shards: Vec::new(), hasher: RandomState::new() };
        }
        let shard = || Mutex::new(Shard { stamp: 0, entries: quick_cache::unsync::Cache::new(capacity.div_ceil(SHARDS)) });
        Cache { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::new() }
    }

    /// The value of `key`, or what to fill it in with.
    pub fn get(&self, key: &K) -> Result<V, Stamp> {
        let Some(shard) = self.shard(key) else { return Err(Stamp(u64::MAX)) };
        shard.entries.get(key).cloned().ok_or(Stamp(shard.stamp))
    }

    /// Remembers what was read, unless the shard has changed since the miss.
    pub fn fill(&self, key: &K, value: V, stamp: Stamp) {
        if let Some(mut shard) = self.shard(key)
            && shard.stamp == stamp.0
        {
            shard.entries.insert(key.clone(), value);
        }
    }

    /// Remembers what was written.
    pub fn put(&self, key: K, value: V) {
        if let Some(mut shard) = self.shard(&key) {
            shard.stamp += 1;
            shard.entries.insert(key, value);
        }
    }

    /// Changes the value of `key` as it was changed in the database, if it is here.
    pub fn change(&self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(mut shard) = self.shard(key) {
            shard.stamp += 1;
            if let Some(mut value) = shard.entries.get(key).cloned() {
                change(&mut value);
                shard.entries.insert(key.clone(), value);
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.stamp += 1;
            shard.entries.clear();
        }
    }

    fn shard(&self, key: &K) -> Option<MutexGuard<'_, Shard<K, V>>> {
        let hash = usize::try_from(self.hasher.hash_one(key) >> 32).unwrap_or(0);
        // There are as many, or none.
        let shard = self.shards.get(hash % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_filled_in_after_it() {
        let cache: Cache<u32, &str> = Cache::new(100);
        let stamp = cache.get(&1).unwrap_err();
        cache.put(1, "new");
        cache.fill(&1, "old", stamp);
        assert_eq!(cache.get(&1).ok(), Some("new"));

        let stamp = cache.get(&2).unwrap_err();
        cache.change(&2, |_| ());
        cache.fill(&2, "old", stamp);
        assert!(cache.get(&2).is_err());

        let stamp = cache.get(&3).unwrap_err();
        cache.fill(&3, "read", stamp);
        cache.change(&3, |value| *value = "changed");
        assert_eq!(cache.get(&3).ok(), Some("changed"));
        cache.clear();
        assert!(cache.get(&3).is_err());
    }

    #[test]
    fn a_cache_without_room_keeps_nothing() {
        let cache: Cache<u32, &str> = Cache::new(0);
        let stamp = cache.get(&1).unwrap_err();
        cache.fill(&1, "read", stamp);
        cache.put(1, "written");
        cache.change(&1, |value| *value = "changed");
        assert!(cache.get(&1).is_err());
    }

    /// One thing that one of the threads around a cache does next.
    #[derive(Clone, Debug)]
    enum Step {
        /// The writer goes on: it commits a change of this key, tells the cache (as `put` or `change`), acknowledges.
        Write { key: u8, put: bool },
        /// A reader goes on: it looks for this key, reads the database after a miss, fills the cache in.
        Read { reader: usize, key: u8 },
        /// The database was opened anew.
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0..3u8, any::<bool>()).prop_map(|(key, put)| Step::Write { key, put }),
            9 => (0..3usize, 0..3u8).prop_map(|(reader, key)| Step::Read { reader, key }),
            1 => Just(Step::Clear),
        ];
        proptest::collection::vec(step, 1..120)
    }

    enum Reader {
        Idle,
        Missed(u8, Stamp),
        Holds(u8, Stamp, u32),
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn in_no_order_of_steps_is_a_reader_shown_less_than_was_acknowledged(steps in steps(), capacity in 0..300usize) {
            let cache: Cache<u8, u32> = Cache::new(capacity);
            let (mut database, mut acknowledged) = ([0; 3], [0; 3]);
            let (mut committed, mut told) = (None, None);
            let mut readers = [Reader::Idle, Reader::Idle, Reader::Idle];
            for step in steps {
                match step {
                    Step::Clear => cache.clear(),
                    Step::Write { key, put } => match (committed.take(), told.take()) {
                        (None, None) => {
                            database[usize::from(key)] += 1;
                            committed = Some((key, put));
                        }
                        (Some((key, put)), _) => {
                            let value = database[usize::from(key)];
                            if put { cache.put(key, value) } else { cache.change(&key, |own| *own = value) }
                            told = Some(key);
                        }
                        (None, Some(key)) => acknowledged[usize::from(key)] = database[usize::from(key)],
                    },
                    Step::Read { reader, key } => {
                        readers[reader] = match readers[reader] {
                            Reader::Idle => match cache.get(&key) {
                                Ok(value) => {
                                    prop_assert!(value >= acknowledged[usize::from(key)]);
                                    prop_assert!(value <= database[usize::from(key)]);
                                    Reader::Idle
                                }
                                Err(stamp) => Reader::Missed(key, stamp),
                            },
                            Reader::Missed(key, stamp) => Reader::Holds(key, stamp, database[usize::from(key)]),
                            Reader::Holds(key, stamp, value) => {
                                cache.fill(&key, value, stamp);
                                Reader::Idle
                            }
                        };
                    }
                }
            }
        }
    }
}
