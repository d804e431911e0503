"""What moves data: plan, deliver, settle, and the destinations. Knows no screen."""
