-- role: loader
-- The dialer's view is the publisher's and reads addresses with its owner's rights. The columns are granted with the other
-- rights (`roles.COLUMN_READERS`); naming the table in a view already takes the schema's.
grant usage on schema vault to recoup_publisher;
