//! A queue of bytes: written at one end and taken at the other.

/// Bytes that wait. What was taken is forgotten when it is as much as what is left, so that each byte is
/// moved once at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteQueue {
    bytes: Vec<u8>,
    /// The number of bytes at the beginning that were taken.
    taken: usize,
}

impl ByteQueue {
    /// The bytes that wait.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn clear(&mut self) {
        *self = ByteQueue::default();
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes so many bytes, or all if there are fewer.
    pub(super) fn take(&mut self, most: usize) -> Vec<u8> {
        let bytes = self.bytes();
        let bytes = bytes[..most.min(bytes.len())].to_vec();
        self.skip(bytes.len());
        bytes
    }

    /// Forgets so many bytes, or all if there are fewer.
    pub(super) fn skip(&mut self, most: usize) {
        self.taken += most.min(self.len());
        if self.taken >= self.len() {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
    }

    /// All of them, in one piece.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.drain(..self.taken);
        self.bytes
    }
}

impl From<Vec<u8>> for ByteQueue {
    fn from(bytes: Vec<u8>) -> ByteQueue {
        ByteQueue { bytes, taken: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_the_order_in_which_they_went_in() {
        let mut queue = ByteQueue::from(vec![1, 2, 3]);
        assert_eq!(queue.take(2), [1, 2]);
        queue.extend(&[4, 5]);
        assert_eq!((queue.bytes(), queue.len()), (&[3, 4, 5][..], 3));
        queue.skip(1);
        assert_eq!(queue.clone().into_bytes(), [4, 5]);
        assert_eq!(queue.take(9), [4, 5]);
        queue.skip(1);
        assert!(queue.is_empty());
        queue.extend(&[6]);
        queue.clear();
        assert_eq!(queue, ByteQueue::default());
    }

    #[test]
    fn a_long_queue_is_taken_in_small_pieces_without_being_moved_each_time() {
        let mut queue = ByteQueue::from(vec![7; 1 << 20]);
        let mut moved = 0;
        while !queue.is_empty() {
            let before = queue.taken;
            queue.skip(64);
            moved += if queue.taken < before { queue.len() } else { 0 };
        }
        assert!(moved < 1 << 20, "{moved} bytes were moved");
    }
}
