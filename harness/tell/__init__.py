"""What people see: findings, charts, tables, pages, exports. Uses everything below; nothing below uses it."""
