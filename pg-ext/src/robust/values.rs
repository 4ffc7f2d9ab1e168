//! The values of one group, in the memory of the aggregate that gathers them: PostgreSQL counts it,
//! and frees it with the group or when the query ends, however that may be.

use pgrx::pg_sys;

/// Room for this many values comes with the first one.
const FIRST: usize = 8;

/// A growing array of doubles in a memory context.
#[repr(C)]
pub(super) struct Values {
    data: *mut f64,
    len: usize,
    capacity: usize,
}

impl Values {
    /// No values yet, in `context`.
    ///
    /// # Safety
    ///
    /// `context` must be live. The result lives as long as it does.
    pub(super) unsafe fn new_in<'a>(context: pg_sys::MemoryContext) -> &'a mut Self {
        // SAFETY: the context is live; both allocations succeed or raise an error, and are of the
        // size and alignment of what is written into them.
        unsafe {
            let values: *mut Self = pg_sys::MemoryContextAlloc(context, size_of::<Self>()).cast();
            let data = pg_sys::MemoryContextAlloc(context, FIRST * size_of::<f64>()).cast();
            values.write(Self { data, len: 0, capacity: FIRST });
            &mut *values
        }
    }

    pub(super) fn extend(&mut self, values: &[f64]) {
        let len = self.len + values.len();
        if len > self.capacity {
            self.capacity = len.max(2 * self.capacity);
            let bytes = self.capacity * size_of::<f64>();
            // SAFETY: allocated by PostgreSQL; stays in its memory context, and as it was if the
            // error for a lack of memory is raised.
            self.data = unsafe { pg_sys::repalloc_huge(self.data.cast(), bytes).cast() };
        }
        // SAFETY: there is room for `len` values; what is added does not lie in here, as it is
        // borrowed beside a unique borrow of this.
        unsafe {
            self.data.add(self.len).copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
        self.len = len;
    }

    pub(super) fn as_slice(&self) -> &[f64] {
        // SAFETY: `len` values have been written.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}
