"""Text messages through an HTTP gateway of the town's choice: what is posted where is the installation's to say."""
