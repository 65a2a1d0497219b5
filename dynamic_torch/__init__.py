"""Every model as eager PyTorch: define by running."""
