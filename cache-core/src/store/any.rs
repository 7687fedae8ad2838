//! A store whose type is not known: what a cache holds.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::{Answer, Put, Store, Written};
use crate::error::Result;

/// The answer of a store that is still to come.
pub(crate) type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// [`Store`], as an object.
pub(crate) trait AnyStore: Debug + Send + Sync {
    fn get<'a>(&'a self, keys: &'a [&'a [u8]]) -> StoreFuture<'a, Answer>;
    fn get_values<'a>(&'a self, keys: &'a [&'a [u8]]) -> StoreFuture<'a, Answer>;
    fn put<'a>(&'a self, puts: &'a [Put<'a>]) -> StoreFuture<'a, Vec<Written>>;
    fn delete<'a>(&'a self, keys: &'a [&'a [u8]]) -> StoreFuture<'a, ()>;
    fn get_and_put<'a>(
        &'a self,
        keys: &'a [&'a [u8]],
        puts: &'a [Put<'a>],
    ) -> StoreFuture<'a, (Answer, Vec<Written>)>;
    fn sweep(&self) -> StoreFuture<'_, ()>;
    fn doing(&self) -> Option<String>;
}

impl<S: Store> AnyStore for S {
    fn get<'a>(&'a self, keys: &'a [&'a [u8]]) -> StoreFuture<'a, Answer> {
        Box::pin(Store::get(self, keys))
    }

    fn get_values<'a>(&'a self, keys: &'a [&'a [u8]]) -> StoreFuture<'a, Answer> {
        Box::pin(Store::get_values(self, keys))
    }

    fn put<'a>(&'a self, puts: &'a [Put<'a>]) -> StoreFuture<'a, Vec<Written>> {
        Box::pin(Store::put(self, puts))
    }

    fn delete<'a>(&'a self, keys: &'a [&'a [u8]]) -> StoreFuture<'a, ()> {
        Box::pin(Store::delete(self, keys))
    }

    fn get_and_put<'a>(
        &'a self,
        keys: &'a [&'a [u8]],
        puts: &'a [Put<'a>],
    ) -> StoreFuture<'a, (Answer, Vec<Written>)> {
        Box::pin(Store::get_and_put(self, keys, puts))
    }

    fn sweep(&self) -> StoreFuture<'_, ()> {
        Box::pin(Store::sweep(self))
    }

    fn doing(&self) -> Option<String> {
        Store::doing(self)
    }
}
