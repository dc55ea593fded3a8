//! [`Read`] and [`Write`]: the transactions of a [`Store`](crate::Store).
//!
//! Made by the store only. Dropped, both are rolled back.

use crate::{connection::Connection, error::StoreError, pool::Pool};
use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument, Span};

/// A transaction, begun.
#[derive(Debug)]
pub struct Transaction {
    connection: Connection,
    is_open: bool,
}

impl Transaction {
    /// Await it in a [`DetachOnDrop`](crate::DetachOnDrop).
    pub async fn begin(pool: &Pool, statement: &'static str) -> Result<Self, sqlx::Error> {
        loop {
            let mut connection = pool.acquire().await?;
            match connection.begin(statement).await {
                // SQLite has ended an earlier transaction by itself, as it does when the disk is full: the driver
                // then counts that one as open for as long as the connection lives.
                Err(sqlx::Error::InvalidSavePointStatement) => connection.close().await,
                begun => {
                    begun?;
                    return Ok(Self {
                        connection,
                        is_open: true,
                    });
                }
            }
        }
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.connection.commit().await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            self.connection.start_rollback();
        }
    }
}

/// One state of the database. Takes queries of `sqlx` as `&mut *read`.
#[derive(Debug)]
pub struct Read {
    transaction: Transaction,
    /// From the beginning of the transaction to its end.
    _span: Span,
}

impl Read {
    pub(crate) fn new(transaction: Transaction, span: Span) -> Self {
        Self {
            transaction,
            _span: span,
        }
    }
}

impl Deref for Read {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction.connection
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction.connection
    }
}

/// A transaction that writes. Takes queries of `sqlx` as `&mut *write`.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction,
    /// After the transaction, so that it is given up last.
    turn: Option<OwnedSemaphorePermit>,
    patience: Duration,
    /// From the wait for its turn to its end.
    span: Span,
}

impl Write {
    pub(crate) fn new(
        transaction: Transaction,
        turn: Option<OwnedSemaphorePermit>,
        patience: Duration,
        span: Span,
    ) -> Self {
        Self {
            transaction,
            turn,
            patience,
            span,
        }
    }

    /// Sends a notification to the processes that listen to this channel of PostgreSQL, once the transaction is
    /// committed. On SQLite nothing is sent: other processes see that the file has changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notify(&mut self, channel: &str, payload: &str) -> Result<(), StoreError> {
        if let Connection::Sqlite(_) = self.transaction.connection {
            return Ok(());
        }
        let notify = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(channel)
            .bind(payload)
            .execute(&mut self.transaction.connection);
        in_time(self.patience, notify).await?;
        Ok(())
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// [`StoreError`]; [`Unconfirmed`](StoreError::Unconfirmed) if the connection broke meanwhile.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self {
            transaction,
            turn,
            patience,
            span,
        } = self;
        let committed = in_time(patience, transaction.commit());
        let committed = committed.instrument(span).await;
        drop(turn);
        committed.map_err(|error| match error {
            StoreError::Database(sqlx::Error::Database(_)) => error,
            _ => StoreError::Unconfirmed,
        })
    }
}

impl Deref for Write {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction.connection
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction.connection
    }
}

/// Gives up on a statement that takes too long.
pub async fn in_time<T>(
    patience: Duration,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(patience, statement).await {
        Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) => Err(StoreError::Slow),
        Ok(answer) => Ok(answer?),
    }
}
