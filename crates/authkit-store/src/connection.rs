//! [`Connection`]: a pool's connection to either database, for statements that both understand.
//!
//! Used through [`Read`](crate::Read) and [`Write`](crate::Write), or alone where no transaction is needed. Does what
//! `sqlx::AnyConnection` does, with a connection of a pool that is typed: other libraries share that pool.

use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use sqlx::{
    Any, Either, Error, Execute, Executor, Postgres, Sqlite,
    any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
    pool::PoolConnection,
};
use sqlx_core::{any::AnyConnectionBackend, describe::Describe};
use std::borrow::Cow;

/// A connection to either database. Takes queries of `sqlx` as `&mut connection`.
#[derive(Debug)]
pub enum Connection {
    /// To an SQLite file.
    Sqlite(PoolConnection<Sqlite>),
    /// To PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    fn backend(&mut self) -> &mut dyn AnyConnectionBackend {
        match self {
            Self::Sqlite(connection) => &mut **connection,
            Self::Postgres(connection) => &mut **connection,
        }
    }

    pub(crate) async fn begin(&mut self, statement: &'static str) -> Result<(), Error> {
        self.backend().begin(Some(Cow::Borrowed(statement))).await
    }

    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.backend().commit().await
    }

    /// Closes the connection, which leaves its place in the pool to a new one.
    pub(crate) async fn close(self) {
        // An error would be one of closing: the connection is gone all the same.
        let _ = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        };
    }

    /// Rolls back with the next use of the connection, at the latest when it is back in its pool.
    pub(crate) fn start_rollback(&mut self) {
        self.backend().start_rollback();
    }
}

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        mut query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        match query.take_arguments().map_err(Error::Encode) {
            Ok(arguments) => self
                .backend()
                .fetch_many(query.sql(), query.persistent(), arguments),
            Err(error) => stream::once(future::ready(Err(error))).boxed(),
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        mut query: E,
    ) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        match query.take_arguments().map_err(Error::Encode) {
            Ok(arguments) => {
                self.backend()
                    .fetch_optional(query.sql(), query.persistent(), arguments)
            }
            Err(error) => future::ready(Err(error)).boxed(),
        }
    }

    fn prepare_with<'e, 'q: 'e>(
        self,
        sql: &'q str,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement<'q>, Error>>
    where
        'c: 'e,
    {
        self.backend().prepare_with(sql, parameters)
    }

    fn describe<'e, 'q: 'e>(self, sql: &'q str) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        self.backend().describe(sql)
    }
}
